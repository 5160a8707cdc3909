//! PDUs by their names in JSON, written from RFC 7143, section 11. Options: `itt`, `lun`, `length` (expected data
//! transfer length), `data` (length of the data segment), `text` (`Key=Value;Key=Value`), `status`, `write`, `ttt`,
//! `function`, `about`, `reason`, `event`,
//! `response`, `offset`, `desired`, `data-sn`, `csg`, `nsg`, `isid`, `name`, `window`
//! (commands the target takes ahead), `closed` (it does not open the window any further), `damage` (this byte of
//! the PDU is not what its digest was computed over).

use anyhow::{Context, bail};

use super::Options;

/// Serial numbers of a connection.
#[derive(Clone, Debug)]
pub struct Numbers {
    cmd_sn: u32,
    stat_sn: u32,
    /// The last one told; it never shrinks.
    max_cmd_sn: u32,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { cmd_sn: 1, stat_sn: 1, max_cmd_sn: 0 }
    }
}

/// Which digests are in use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Digests {
    header: bool,
    data: bool,
}

impl Digests {
    pub fn new(header: bool, data: bool) -> Self {
        Self { header, data }
    }
}

/// Commands the target takes ahead.
const WINDOW: u32 = 32;
const RESERVED: u32 = u32::MAX;

/// The PDU's bytes on the wire.
pub fn bytes(
    name: &str,
    options: &Options<'_>,
    numbers: &mut Numbers,
    digests: Digests,
) -> anyhow::Result<Vec<u8>> {
    let number =
        |option: &str, otherwise: u64| options.number(option).map(|n| n.unwrap_or(otherwise));
    let word = |option: &str, otherwise: u32| -> anyhow::Result<u32> {
        Ok(u32::try_from(number(option, otherwise.into())?)?)
    };
    let byte = |option: &str, otherwise: u8| -> anyhow::Result<u8> {
        Ok(u8::try_from(number(option, otherwise.into())?)?)
    };
    let mut bhs = [0_u8; 48];
    let mut data = vec![0; usize::try_from(number("data", 0)?)?];
    bhs[1] = 0x80;
    bhs[9] = byte("lun", 0)?;
    put(&mut bhs, 16, word("itt", RESERVED)?);
    let mut request = true;
    match name {
        "scsi-command" => {
            let write = options.has("write");
            let length = word("length", 0)?;
            bhs[0] = 0x01;
            bhs[1] = 0x81
                | if length == 0 {
                    0
                } else if write {
                    0x20
                } else {
                    0x40
                };
            put(&mut bhs, 20, length);
            bhs[32] = if write { 0x2a } else { 0x28 };
            put(&mut bhs, 24, numbers.cmd_sn);
            numbers.cmd_sn += 1;
        }
        "nop-out" => {
            bhs[0] = 0x40;
            put(&mut bhs, 20, word("ttt", RESERVED)?);
            put(&mut bhs, 24, numbers.cmd_sn);
        }
        "scsi-data-out" => {
            bhs[0] = 0x05;
            put(&mut bhs, 20, word("ttt", RESERVED)?);
            put(&mut bhs, 36, word("data-sn", 0)?);
            put(&mut bhs, 40, word("offset", 0)?);
        }
        "task-management-request" => {
            bhs[0] = 0x42;
            bhs[1] = 0x80 | byte("function", 1)?;
            put(&mut bhs, 20, word("about", RESERVED)?);
            put(&mut bhs, 24, numbers.cmd_sn);
        }
        "logout-request" => {
            bhs[0] = 0x46;
            bhs[1] = 0x80 | byte("reason", 0)?;
            put(&mut bhs, 24, numbers.cmd_sn);
        }
        "text-request" => {
            bhs[0] = 0x04;
            put(&mut bhs, 20, RESERVED);
            put(&mut bhs, 24, numbers.cmd_sn);
            numbers.cmd_sn += 1;
            data = keys(options).into_bytes();
        }
        "login-request" => {
            bhs[0] = 0x43;
            stages(&mut bhs, byte("csg", 1)?, byte("nsg", 3)?);
            bhs[8] = 0x80;
            bhs[13] = byte("isid", 1)?;
            put(&mut bhs, 16, 0);
            put(&mut bhs, 24, numbers.cmd_sn);
            let name = options.text("name").unwrap_or("iqn.2026-01.org.example:host");
            let text = format!(
                "InitiatorName={name}\0TargetName=iqn.2026-01.org.example:disk\0SessionType=Normal\0{}",
                keys(options)
            );
            data = text.into_bytes();
        }
        _ => request = false,
    }
    if !request {
        answer(name, options, numbers, &mut bhs)?;
        match name {
            "login-response" | "text-response" => data = keys(options).into_bytes(),
            // What is rejected: a command, of which nothing else matters.
            "reject" => data = [&[0x01, 0x81][..], &[0; 46]].concat(),
            _ => {}
        }
        let is_login = name == "login-response";
        let closed = options.has("closed");
        if !is_login || options.text("status").is_none() {
            put(&mut bhs, 28, numbers.cmd_sn);
            if !closed {
                numbers.max_cmd_sn = numbers.cmd_sn - 1 + word("window", WINDOW)?;
            }
            put(&mut bhs, 32, numbers.max_cmd_sn);
        }
    }
    let length = u32::try_from(data.len())?.to_be_bytes();
    bhs[5..8].copy_from_slice(&length[1..]);
    data.resize(data.len().next_multiple_of(4), 0);
    // Nothing of a login is covered (RFC 7143, section 6).
    let covered = !name.starts_with("login");
    let mut wire = bhs.to_vec();
    if digests.header && covered {
        wire.extend(crc32c::crc32c(&bhs).to_le_bytes());
    }
    let data_digest = (digests.data && covered && !data.is_empty()).then(|| crc32c::crc32c(&data));
    wire.extend(&data);
    wire.extend(data_digest.into_iter().flat_map(u32::to_le_bytes));
    if let Some(at) = options.number("damage")? {
        let byte = wire.get_mut(usize::try_from(at)?).context("no such byte")?;
        *byte ^= 0x10;
    }
    Ok(wire)
}

fn answer(
    name: &str,
    options: &Options<'_>,
    numbers: &mut Numbers,
    bhs: &mut [u8; 48],
) -> anyhow::Result<()> {
    let number =
        |option: &str, otherwise: u64| options.number(option).map(|n| n.unwrap_or(otherwise));
    let word = |option: &str, otherwise: u32| -> anyhow::Result<u32> {
        Ok(u32::try_from(number(option, otherwise.into())?)?)
    };
    let byte = |option: &str, otherwise: u8| -> anyhow::Result<u8> {
        Ok(u8::try_from(number(option, otherwise.into())?)?)
    };
    let mut consumes = true;
    match name {
        "scsi-response" => {
            bhs[0] = 0x21;
            bhs[2] = byte("response", 0)?;
            bhs[3] = byte("status", 0)?;
        }
        "scsi-data-in" => {
            bhs[0] = 0x25;
            bhs[1] = if options.has("status") { 0x81 } else { 0x80 };
            put(bhs, 36, word("data-sn", 0)?);
            put(bhs, 40, word("offset", 0)?);
            put(bhs, 20, RESERVED);
            consumes = options.has("status");
        }
        "ready-to-transfer" => {
            bhs[0] = 0x31;
            put(bhs, 20, word("ttt", 1)?);
            put(bhs, 40, word("offset", 0)?);
            put(bhs, 44, word("desired", 0)?);
            consumes = false;
        }
        "nop-in" => {
            bhs[0] = 0x20;
            put(bhs, 20, word("ttt", RESERVED)?);
            consumes = word("itt", RESERVED)? != RESERVED;
        }
        "task-management-response" => {
            bhs[0] = 0x22;
            bhs[2] = byte("response", 0)?;
        }
        "logout-response" => bhs[0] = 0x26,
        "text-response" => {
            bhs[0] = 0x24;
            put(bhs, 20, RESERVED);
        }
        "async-message" => {
            bhs[0] = 0x32;
            bhs[36] = byte("event", 1)?;
        }
        "reject" => {
            bhs[0] = 0x3f;
            bhs[2] = byte("reason", 4)?;
        }
        "login-response" => {
            bhs[0] = 0x23;
            stages(bhs, byte("csg", 1)?, byte("nsg", 3)?);
            bhs[8] = 0x80;
            bhs[13] = byte("isid", 1)?;
            bhs[15] = 1;
            put(bhs, 16, 0);
            let status = number("status", 0)?;
            if status != 0 {
                bhs[1] = 0;
            }
            bhs[36..38].copy_from_slice(&u16::try_from(status)?.to_be_bytes());
        }
        _ => bail!("nothing is called `{name}`"),
    }
    put(bhs, 24, numbers.stat_sn);
    numbers.stat_sn += u32::from(consumes);
    Ok(())
}

fn put(bhs: &mut [u8; 48], at: usize, value: u32) {
    bhs[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// The transit bit is set where the next stage is another one.
fn stages(bhs: &mut [u8; 48], current: u8, next: u8) {
    bhs[1] = current << 2 | if current == next { 0 } else { 0x80 | next };
}

fn keys(options: &Options<'_>) -> String {
    let text = options.text("text").unwrap_or_default();
    text.split(';').filter(|pair| !pair.is_empty()).map(|pair| format!("{pair}\0")).collect()
}
