//! One connection through the relay: a thread for each direction.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use iscsi_decoders::pdu::Direction;
use rustix::net::sockopt;

use crate::inject::Numbers;
use crate::login::Login;
use crate::pdu::Pdu;
use crate::rule::{Do, Rules};

/// How often a waiting thread looks whether the other one ended the connection.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug)]
struct Connection {
    initiator: TcpStream,
    target: TcpStream,
    state: Mutex<State>,
    sending: Mutex<()>,
    black_hole: AtomicBool,
    ended: AtomicBool,
    rules: Arc<Rules>,
}

#[derive(Debug, Default)]
struct State {
    login: Login,
    numbers: Numbers,
}

/// Relays between the two until either ends.
pub fn relay(initiator: TcpStream, target: TcpStream, rules: Arc<Rules>) -> io::Result<()> {
    for stream in [&initiator, &target] {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK))?;
    }
    let connection = Connection {
        initiator,
        target,
        state: Mutex::default(),
        sending: Mutex::default(),
        black_hole: AtomicBool::new(false),
        ended: AtomicBool::new(false),
        rules,
    };
    thread::scope(|scope| {
        for direction in Direction::BOTH {
            let connection = &connection;
            scope.spawn(move || connection.follow(direction));
        }
    });
    // Both threads are gone, so that dropping the sockets closes them: with RST if that was asked for.
    Ok(())
}

impl Connection {
    fn follow(&self, direction: Direction) {
        if let Err(error) = self.pass_all(direction) {
            eprintln!("{}: {error}", direction.name());
        }
        // What was passed on before is still delivered; a reset has no use for that.
        if !self.ended.swap(true, Ordering::SeqCst) {
            self.initiator.shutdown(Shutdown::Write).ok();
            self.target.shutdown(Shutdown::Write).ok();
        }
    }

    fn pass_all(&self, direction: Direction) -> io::Result<()> {
        let from = self.from(direction);
        while let Some(pdu) =
            Pdu::read(|buffer| self.fill(from, buffer), || self.state().login.digests())?
        {
            if self.black_hole.load(Ordering::SeqCst) {
                continue;
            }
            {
                let mut state = self.state();
                state.login.hear(&pdu);
                state.numbers.hear(&pdu.bhs());
            }
            let rules = self.rules.applying(direction, &pdu.bhs());
            if !self.pass(direction, pdu, &rules)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Passes one PDU on, or does with it what the rules say; false if that was the connection's end.
    fn pass(&self, direction: Direction, mut pdu: Pdu, rules: &[&Do]) -> io::Result<bool> {
        let digests = self.state().login.digests();
        let mut copies = 1;
        let mut injected = Vec::new();
        for rule in rules {
            eprintln!("{} {}: {rule:?}", direction.name(), pdu.bhs().opcode().name_or_kind());
            match rule {
                Do::FlipHeader(offset) => flip(&mut pdu.header, *offset),
                Do::FlipData(offset) => flip(&mut pdu.data, *offset),
                Do::Set(field, bytes) => {
                    field.set(&mut pdu.header, bytes);
                    pdu.seal(digests);
                }
                Do::Drop => copies = 0,
                Do::Duplicate => copies = 2,
                Do::Delay(time) => thread::sleep(*time),
                Do::Close => return Ok(false),
                Do::Reset => {
                    for stream in [&self.initiator, &self.target] {
                        sockopt::set_socket_linger(stream, Some(Duration::ZERO))?;
                    }
                    self.ended.store(true, Ordering::SeqCst);
                    return Ok(false);
                }
                Do::BlackHole => {
                    self.black_hole.store(true, Ordering::SeqCst);
                    return Ok(true);
                }
                Do::InjectAsync(_) | Do::InjectReject(_) | Do::InjectNopIn => {
                    injected.extend(self.state().numbers.make(rule));
                }
            }
        }
        for _ in 0..copies {
            self.send(direction, &pdu)?;
        }
        for mut pdu in injected {
            pdu.seal(digests);
            self.send(Direction::ToInitiator, &pdu)?;
        }
        Ok(true)
    }

    /// What one thread injects must not cut into a PDU the other is sending.
    fn send(&self, direction: Direction, pdu: &Pdu) -> io::Result<()> {
        let _sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        self.from(direction.reverse()).write_all(&pdu.bytes())
    }

    /// Where PDUs of this direction come from.
    fn from(&self, direction: Direction) -> &TcpStream {
        match direction {
            Direction::ToTarget => &self.initiator,
            Direction::ToInitiator => &self.target,
        }
    }

    /// Fills the buffer; false if the stream, or the whole connection, ended before its first byte.
    fn fill(&self, mut from: &TcpStream, buffer: &mut [u8]) -> io::Result<bool> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            if self.ended.load(Ordering::SeqCst) {
                return Ok(false);
            }
            match from.read(rest) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => filled += length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left plain numbers behind, none of them half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn flip(bytes: &mut [u8], offset: usize) {
    if let Some(byte) = bytes.get_mut(offset) {
        *byte = !*byte;
    }
}
