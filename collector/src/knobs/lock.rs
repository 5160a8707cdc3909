//! One at a time: two programs that borrow the same knob would each give back the other's value.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

use super::journal::Holder;

/// The lock; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock lives as long as its file is open")] File);

/// Why there is none.
#[derive(Debug)]
pub enum NoLock {
    /// Somebody has it; who, if that can be read.
    Held(Option<Holder>),
    /// The file cannot be had.
    Io(io::Error),
}

/// Takes the lock, and writes who has it for others to read.
pub fn take(path: &Path, holder: &Holder) -> Result<Lock, NoLock> {
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = open.map_err(NoLock::Io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.read_to_string(&mut text);
            return Err(NoLock::Held(serde_json::from_str(&text).ok()));
        }
        Err(TryLockError::Error(error)) => return Err(NoLock::Io(error)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&serde_json::to_vec(holder)?)
    };
    write(&mut file).map_err(NoLock::Io)?;
    Ok(Lock(file))
}
