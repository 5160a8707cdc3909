//! Captures written down instead of recorded: faults that no program at hand can be made to show.
//!
//! A script has one line for each thing that happens:
//!
//! ```text
//! SECONDS WHO WHAT [NAME=VALUE]...
//! ```
//!
//! `WHO` is `i` (the initiator), `t` (the target) or `x` (something in between that speaks in the target's name).
//! `WHAT` is a PDU's name in JSON (`scsi-command`, see `pdu.rs`), or something of TCP: `syn`, `syn-ack`, `fin`, `rst`,
//! `ack`, `keepalive`, `zero-window`, `open-window`, `again` (the last segment once more), `connect` (the whole handshake), `login`
//! (handshake and a login that succeeds), `gap` (bytes that are not in the capture). Segments are acknowledged at once
//! unless the line ends in `lost`. A line `new HOST PORT` goes on with another connection, from address 10.0.0.HOST.
//! A line `set NAME[=VALUE]...` changes how it goes on: `snaplen=BYTES` cuts the packets kept, `only=i` or `only=t` keeps
//! one side's, `portal=PORT` is the target's port, `ipv6` takes addresses of that family, `digests=header`, `data` or
//! `both` are in use, `skip` keeps nothing and `keep` all again, `twice` captures every packet twice.

mod packet;
mod pdu;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, bail};
use packet::{ACK, FIN, Pcap, RST, SYN, Segment};

/// One connection as far as the script has come.
#[derive(Clone, Debug)]
struct Connection {
    host: u8,
    port: u16,
    /// Next sequence numbers: initiator's, target's.
    next: [u32; 2],
    /// What each side has acknowledged of the other's.
    acked: [u32; 2],
    window: [u16; 2],
    last: [Vec<u8>; 2],
    numbers: pdu::Numbers,
    digests: pdu::Digests,
}

impl Connection {
    fn new(host: u8, port: u16) -> Self {
        Self {
            host,
            port,
            next: [1000, 5000],
            acked: [5000, 1000],
            window: [u16::MAX; 2],
            last: [Vec::new(), Vec::new()],
            numbers: pdu::Numbers::default(),
            digests: pdu::Digests::default(),
        }
    }
}

/// Options of a line.
pub(crate) struct Options<'s>(BTreeMap<&'s str, &'s str>);

impl Options<'_> {
    fn number(&self, name: &str) -> anyhow::Result<Option<u64>> {
        let Some(text) = self.0.get(name) else { return Ok(None) };
        let parsed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        parsed.map(Some).with_context(|| format!("{name}={text} is no number"))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The pcap file of a script.
///
/// # Errors
/// A line that is not as described above.
pub fn capture(script: &str) -> anyhow::Result<Vec<u8>> {
    let connection = Connection::new(1, 40000);
    let mut writer = Writer {
        pcap: Pcap::new(),
        connection,
        others: Vec::new(),
        portal: 3260,
        is_ipv6: false,
        kept: [true; 2],
    };
    for line in
        script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        writer.line(line).with_context(|| format!("`{line}`"))?;
    }
    Ok(writer.pcap.bytes)
}

struct Writer {
    pcap: Pcap,
    connection: Connection,
    /// Those that the script may come back to.
    others: Vec<Connection>,
    /// The target's port.
    portal: u16,
    is_ipv6: bool,
    /// Whose packets are in the capture.
    kept: [bool; 2],
}

const I: usize = 0;
const T: usize = 1;

impl Writer {
    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let mut words = line.split_whitespace();
        let first = words.next().context("nothing")?;
        if first == "new" {
            let host = words.next().context("no host")?.parse()?;
            let port = words.next().context("no port")?.parse()?;
            if (self.connection.host, self.connection.port) == (host, port) {
                return Ok(());
            }
            let known =
                self.others.iter().position(|other| (other.host, other.port) == (host, port));
            let next = match known {
                Some(at) => self.others.remove(at),
                None => Connection::new(host, port),
            };
            self.others.push(std::mem::replace(&mut self.connection, next));
            return Ok(());
        }
        if first == "set" {
            return self.set(&options(words));
        }
        self.pcap.at(first.parse()?);
        let who = words.next().context("nobody")?;
        let what = words.next().context("nothing happens")?;
        let options = options(words);
        let side = match who {
            "i" => I,
            "t" | "x" => T,
            _ => bail!("`{who}` is neither i, t nor x"),
        };
        self.happen(side, what, &options)
    }

    fn set(&mut self, options: &Options<'_>) -> anyhow::Result<()> {
        for (name, value) in &options.0 {
            match (*name, *value) {
                ("snaplen", _) => {
                    self.pcap.snaplen = options.number(name)?.context("how much?")?.try_into()?;
                }
                ("portal", port) => self.portal = port.parse()?,
                ("ipv6", _) => self.is_ipv6 = true,
                ("twice", _) => self.pcap.twice = true,
                ("only", "i") => self.kept = [true, false],
                ("only", "t") => self.kept = [false, true],
                ("skip", _) => self.kept = [false; 2],
                ("keep", _) => self.kept = [true; 2],
                ("digests", "header") => self.connection.digests = pdu::Digests::new(true, false),
                ("digests", "data") => self.connection.digests = pdu::Digests::new(false, true),
                ("digests", "both") => self.connection.digests = pdu::Digests::new(true, true),
                _ => bail!("`{name}` cannot be set to `{value}`"),
            }
        }
        Ok(())
    }

    fn address(&self, host: u8) -> IpAddr {
        if self.is_ipv6 {
            [0xfd00, 0, 0, 0, 0, 0, 0, u16::from(host)].into()
        } else {
            [10, 0, 0, host].into()
        }
    }

    fn happen(&mut self, side: usize, what: &str, options: &Options<'_>) -> anyhow::Result<()> {
        let hops = u8::try_from(options.number("hops")?.unwrap_or(64))?;
        match what {
            "connect" => {
                self.flags(I, SYN, hops);
                self.flags(T, SYN | ACK, hops);
                self.flags(I, ACK, hops);
            }
            "syn" => {
                // The same SYN once more, if it was not answered.
                self.connection.next[I] = 1000;
                self.flags(I, SYN, hops);
            }
            "syn-ack" => self.flags(T, SYN | ACK, hops),
            "ack" => self.flags(side, ACK, hops),
            // Sent, but not in the capture.
            "gap" => {
                let bytes = u32::try_from(options.number("bytes")?.context("no bytes")?)?;
                self.connection.next[side] = self.connection.next[side].wrapping_add(bytes);
            }
            "fin" => self.flags(side, FIN | ACK, hops),
            "rst" => self.flags(side, RST | ACK, hops),
            "zero-window" | "open-window" => {
                self.connection.window[side] = if what == "zero-window" { 0 } else { u16::MAX };
                self.flags(side, ACK, hops);
            }
            // The byte before the next one once more, empty, which the other side's TCP answers.
            "keepalive" => {
                let next = &mut self.connection.next[side];
                *next = next.wrapping_sub(1);
                self.flags(side, ACK, hops);
                let next = &mut self.connection.next[side];
                *next = next.wrapping_add(1);
                self.flags(1 - side, ACK, hops);
            }
            "again" => {
                let payload = self.connection.last[side].clone();
                let length = u32::try_from(payload.len())?;
                self.connection.next[side] = self.connection.next[side].wrapping_sub(length);
                self.data(side, payload, options.has("lost"), hops);
            }
            "login" => {
                self.happen(I, "connect", options)?;
                self.happen(I, "login-request", options)?;
                self.happen(T, "login-response", options)?;
            }
            pdu => {
                let Connection { numbers, digests, .. } = &mut self.connection;
                let bytes = pdu::bytes(pdu, options, numbers, *digests)?;
                self.data(side, bytes, options.has("lost"), hops);
            }
        }
        Ok(())
    }

    fn flags(&mut self, side: usize, flags: u8, hops: u8) {
        self.send(side, flags, &[], hops);
        if flags & (SYN | FIN) != 0 {
            self.connection.next[side] = self.connection.next[side].wrapping_add(1);
            self.connection.acked[1 - side] = self.connection.next[side];
        }
    }

    fn data(&mut self, side: usize, payload: Vec<u8>, lost: bool, hops: u8) {
        self.send(side, ACK | packet::PSH, &payload, hops);
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.connection.next[side] = self.connection.next[side].wrapping_add(length);
        self.connection.last[side] = payload;
        if !lost {
            self.connection.acked[1 - side] = self.connection.next[side];
            self.pcap.wait(50);
            self.send(1 - side, ACK, &[], hops);
        }
    }

    fn send(&mut self, side: usize, flags: u8, payload: &[u8], hops: u8) {
        if !self.kept[side] {
            return;
        }
        let Connection { host, port, next, acked, window, .. } = &self.connection;
        let initiator = SocketAddr::new(self.address(*host), *port);
        let target = SocketAddr::new(self.address(200), self.portal);
        let (from, to) = if side == I { (initiator, target) } else { (target, initiator) };
        let (seq, ack, window) = (next[side], acked[side], window[side]);
        let first = flags & (SYN | ACK) == SYN;
        let ack = if first { 0 } else { ack };
        self.pcap.segment(&Segment { from, to, seq, ack, flags, window, hops, payload });
    }
}

fn options<'s>(words: impl Iterator<Item = &'s str>) -> Options<'s> {
    Options(words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect())
}
