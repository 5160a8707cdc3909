//! Which PDU, and what happens to it: the command line's `--on` and `--do`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use iscsi_decoders::pdu::{Bhs, Direction, Opcode};

use crate::field::Field;

/// `DIRECTION:PDU[:N[+]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    direction: Direction,
    /// A name of the JSON contract, or `any`.
    pdu: String,
    /// Counted from 1 over all connections, so that what happened once does not happen again after a new login.
    first: u64,
    and_later: bool,
}

impl FromStr for On {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.split(':');
        let direction = match parts.next() {
            Some("i2t") => Direction::ToTarget,
            Some("t2i") => Direction::ToInitiator,
            _ => bail!("`{text}` does not begin with i2t: or t2i:"),
        };
        let pdu = parts.next().unwrap_or("any").to_owned();
        if pdu != "any" && !Opcode::NAMES.contains(&pdu.as_str()) {
            bail!("no PDU is called `{pdu}`; there are any, {}", Opcode::NAMES.join(", "));
        }
        let count = parts.next().unwrap_or("1");
        let (number, and_later) = match count.strip_suffix('+') {
            Some(number) => (number, true),
            None => (count, false),
        };
        let first = number.parse().with_context(|| format!("`{count}` is not N or N+"))?;
        if first == 0 || parts.next().is_some() {
            bail!("`{text}` is not DIRECTION:PDU:N with N counted from 1");
        }
        Ok(Self { direction, pdu, first, and_later })
    }
}

/// What happens to a PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Do {
    /// Flips the bits of a byte and leaves the digest as it was.
    FlipHeader(usize),
    FlipData(usize),
    /// Sets a header field and computes the digest anew.
    Set(Field, Vec<u8>),
    Drop,
    Duplicate,
    Delay(Duration),
    /// Ends the connection instead: with FIN, or with RST.
    Close,
    Reset,
    /// From here on nothing gets through, while TCP still acknowledges.
    BlackHole,
    /// Sends the initiator something the target did not, after this PDU.
    InjectAsync(u8),
    InjectReject(u8),
    InjectNopIn,
}

impl FromStr for Do {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let small = || u8::try_from(number(rest)?).context("that is more than a byte");
        let place = || Ok::<_, anyhow::Error>(usize::try_from(number(rest)?)?);
        Ok(match word {
            "flip-header" => Self::FlipHeader(place()?),
            "flip-data" => Self::FlipData(place()?),
            "set" => {
                let (name, value) = rest.split_once('=').context("set takes FIELD=VALUE")?;
                let field = Field::find(name)?;
                Self::Set(field, field.bytes(number(value)?)?)
            }
            "drop" => Self::Drop,
            "duplicate" => Self::Duplicate,
            "delay" => Self::Delay(Duration::from_millis(number(rest)?)),
            "close" => Self::Close,
            "reset" => Self::Reset,
            "black-hole" => Self::BlackHole,
            "inject-async" => Self::InjectAsync(small()?),
            "inject-reject" => Self::InjectReject(small()?),
            "inject-nop-in" => Self::InjectNopIn,
            _ => bail!("`{word}` is nothing the relay can do; see --help"),
        })
    }
}

/// Decimal, or hexadecimal with 0x.
fn number(text: &str) -> anyhow::Result<u64> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.with_context(|| format!("`{text}` is not a number"))
}

/// A pair of both, with how often it was met.
#[derive(Debug)]
pub struct Rule {
    on: On,
    what: Do,
    met: AtomicU64,
}

impl Rule {
    pub fn new(on: On, what: Do) -> Self {
        Self { on, what, met: AtomicU64::new(0) }
    }

    /// What to do with this PDU, if it is the one; counts it.
    fn applies(&self, direction: Direction, bhs: &Bhs) -> Option<&Do> {
        let is_it = self.on.pdu == "any" || self.on.pdu == bhs.opcode().name_or_kind();
        if direction != self.on.direction || !is_it {
            return None;
        }
        let met = self.met.fetch_add(1, Ordering::SeqCst) + 1;
        let now = met == self.on.first || self.on.and_later && met > self.on.first;
        now.then_some(&self.what)
    }
}

/// All rules of a relay.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    /// PDUs count only once this file exists.
    after: Option<PathBuf>,
}

impl Rules {
    pub fn new(rules: Vec<Rule>, after: Option<PathBuf>) -> Self {
        Self { rules, after }
    }

    /// What to do with this PDU; counts it.
    pub fn applying(&self, direction: Direction, bhs: &Bhs) -> Vec<&Do> {
        if self.after.as_ref().is_some_and(|file| !file.exists()) {
            return Vec::new();
        }
        self.rules.iter().filter_map(|rule| rule.applies(direction, bhs)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(opcode: Opcode) -> Bhs {
        let mut bytes = [0; 48];
        bytes[0] = opcode.0;
        Bhs(bytes)
    }

    #[test]
    fn a_rule_meets_the_nth_pdu_of_its_kind_and_direction_once() {
        let rule = Rule::new("t2i:scsi-response:2".parse().unwrap(), Do::Drop);
        let response = header(Opcode::SCSI_RESPONSE);
        assert_eq!(rule.applies(Direction::ToInitiator, &response), None);
        assert_eq!(rule.applies(Direction::ToInitiator, &header(Opcode::NOP_IN)), None);
        assert_eq!(rule.applies(Direction::ToTarget, &response), None);
        assert_eq!(rule.applies(Direction::ToInitiator, &response), Some(&Do::Drop));
        assert_eq!(rule.applies(Direction::ToInitiator, &response), None);
    }

    #[test]
    fn a_plus_means_all_later_ones_too() {
        let rule = Rule::new("i2t:any:2+".parse().unwrap(), Do::Drop);
        let met = |opcode| rule.applies(Direction::ToTarget, &header(opcode)).is_some();
        assert_eq!(
            [met(Opcode::LOGIN_REQUEST), met(Opcode::NOP_OUT), met(Opcode::SCSI_COMMAND)],
            [false, true, true]
        );
    }

    #[test]
    fn values_that_do_not_fit_and_names_nobody_knows_are_refused() {
        assert!("set:data_segment_length=0x1000000".parse::<Do>().is_err());
        assert!("set:data_segment_length=0xffffff".parse::<Do>().is_ok());
        for wrong in ["set:nonsense=1", "flip-header:x", "explode", "inject-async:256"] {
            assert!(wrong.parse::<Do>().is_err(), "{wrong}");
        }
        for wrong in ["scsi-response", "t2i:scsi-reponse", "t2i:nop-in:0", "t2i:nop-in:1:2"] {
            assert!(wrong.parse::<On>().is_err(), "{wrong}");
        }
    }
}
