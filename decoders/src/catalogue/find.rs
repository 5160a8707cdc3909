//! Looking up what a person asks for.

use std::borrow::Cow;

use super::{
    Entry, FieldNotes, Form, Space, entries, get, nearest,
    query::{self, Scope},
};

/// One meaning of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The code as asked for: `1011`, `02/01`, `3/11/00`; inside a range the code itself.
    pub code: String,
    /// What the catalogue knows about it.
    pub entry: &'static Entry,
    /// The sense key of a sense triple, whose additional sense code is `entry`.
    pub sense_key: Option<&'static Entry>,
}

/// A query that means nothing, and what it may have been meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No code or name is like this.
    #[error("no code or name `{query}` is known")]
    Code {
        /// The query.
        query: String,
        /// The nearest codes or names, nearest first; may be empty.
        nearest: Vec<Suggestion>,
    },
    /// The part before the colon is no name space.
    #[error("there is no name space `{name}`")]
    Space {
        /// The name asked for.
        name: String,
        /// The nearest names, nearest first; may be empty.
        nearest: Vec<Suggestion>,
    },
}

/// Something one may ask instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The query to type, e.g. `kernel:1022`.
    pub query: String,
    /// What that is, e.g. `ISCSI_ERR_NOP_TIMEDOUT`.
    pub means: &'static str,
}

impl Unknown {
    /// What may have been meant, nearest first.
    pub fn nearest(&self) -> &[Suggestion] {
        match self {
            Unknown::Code { nearest, .. } | Unknown::Space { nearest, .. } => nearest,
        }
    }
}

impl Match {
    /// The name space as it is typed: that of the entry, or `sense` for sense data.
    pub fn space(&self) -> &'static str {
        match self.entry.space {
            Space::Asc | Space::SenseKey => "sense",
            space => space.name(),
        }
    }

    /// What the code is, e.g. `kernel connection error`.
    pub fn title(&self) -> &'static str {
        if self.sense_key.is_some() { "SCSI sense data" } else { self.entry.space.title() }
    }

    /// The symbol, in a sense triple after that of the sense key.
    pub fn symbol(&self) -> Cow<'static, str> {
        match self.sense_key {
            Some(key) => format!("{}: {}", key.symbol, self.entry.symbol).into(),
            None => self.entry.symbol.into(),
        }
    }

    /// What helps in the field; what the additional sense code leaves open, the sense key may say.
    pub fn field(&self) -> Option<&'static FieldNotes> {
        self.entry.field.or(self.sense_key.and_then(|key| key.field))
    }

    fn of(entry: &'static Entry, code: u32) -> Match {
        Match { code: written(entry, code), entry, sense_key: None }
    }
}

/// The code of an entry; inside a range the code asked for, written like the others of its space.
fn written(entry: &'static Entry, code: u32) -> String {
    if code == entry.code && !entry.label.contains('-') {
        return entry.label.to_owned();
    }
    match entry.space.form() {
        Form::Decimal => code.to_string(),
        Form::Hex => format!("{code:#04x}"),
        Form::Pair => format!("{:02x}/{:02x}", code >> 8, code & 0xff),
    }
}

/// Everything a query may mean, most likely first; never an empty list.
///
/// A query is a number (`1011`, `0x18`), two or three bytes of hexadecimal (`02/01`, `3/11/00`), a range
/// as the catalogue writes it (`40/80-ff`), a name (`ISCSI_ERR_NOP_TIMEDOUT`, with or without its prefix,
/// in any case), or one of these after a name space and a colon.
///
/// # Errors
/// [`Unknown`] with the nearest codes, names or name spaces.
pub fn find(query: &str) -> Result<Vec<Match>, Unknown> {
    let (scope, text) = query::split(query)
        .map_err(|name| Unknown::Space { name: name.to_owned(), nearest: nearest::spaces(name) })?;
    let mut found = match &scope {
        Scope::Any => anywhere(text),
        Scope::Sense => sense(text),
        Scope::In(spaces) => spaces.iter().flat_map(|&space| inside(space, text)).collect(),
    };
    if found.is_empty() {
        found = ranges(&spaces_of(&scope), text);
    }
    if found.is_empty() {
        found = named(&spaces_of(&scope), text);
    }
    if found.is_empty() {
        let nearest = nearest::codes(&scope, text);
        return Err(Unknown::Code { query: query.trim().to_owned(), nearest });
    }
    Ok(found)
}

/// The name spaces of a scope, most likely first.
pub(super) fn spaces_of(scope: &Scope) -> Vec<Space> {
    match scope {
        Scope::Any => Space::ALL.to_vec(),
        Scope::Sense => vec![Space::SenseKey, Space::Asc],
        Scope::In(spaces) => spaces.clone(),
    }
}

/// A number in a named space: every reading of it that exists.
fn inside(space: Space, text: &str) -> Vec<Match> {
    let codes = query::readings(text, space.form());
    let found: Vec<_> =
        codes.iter().filter_map(|&code| get(space, code).map(|e| Match::of(e, code))).collect();
    if found.is_empty() && space == Space::Kernel {
        codes.iter().filter_map(|&code| short_kernel(code)).collect()
    } else {
        found
    }
}

/// open-iscsi's README (8.1.3) counts the kernel's codes from 1 to 22, the log from 1001 on.
fn short_kernel(code: u32) -> Option<Match> {
    let long = code.checked_add(1000).filter(|_| (1..1000).contains(&code))?;
    get(Space::Kernel, long).map(|entry| Match::of(entry, long))
}

/// `key/asc/ascq`, `asc/ascq` or a key alone.
fn sense(text: &str) -> Vec<Match> {
    let found = match query::bytes(text).as_deref() {
        Some(&[key, asc, ascq]) => triple(key, asc, ascq),
        Some(&[asc, ascq]) => exactly(Space::Asc, u16::from_be_bytes([asc, ascq]).into()),
        Some(&[key]) => exactly(Space::SenseKey, key.into()),
        _ => query::hex(text).filter(|_| text.len() >= 4).and_then(|c| exactly(Space::Asc, c)),
    };
    found.into_iter().collect()
}

fn exactly(space: Space, code: u32) -> Option<Match> {
    get(space, code).map(|entry| Match::of(entry, code))
}

fn triple(key: u8, asc: u8, ascq: u8) -> Option<Match> {
    let sense_key = get(Space::SenseKey, key.into())?;
    let found = exactly(Space::Asc, u16::from_be_bytes([asc, ascq]).into())?;
    Some(Match { code: format!("{key:x}/{}", found.code), sense_key: Some(sense_key), ..found })
}

/// A number or bytes without a name space. Codes that only lie in a range are not guessed at.
fn anywhere(text: &str) -> Vec<Match> {
    match query::bytes(text).as_deref() {
        Some(&[key, asc, ascq]) => return triple(key, asc, ascq).into_iter().collect(),
        Some(&[high, low]) => {
            let code = u16::from_be_bytes([high, low]).into();
            return [Space::Login, Space::Asc].iter().filter_map(|&s| exactly(s, code)).collect();
        }
        _ => {}
    }
    // 0201 and 0x0201 are two bytes; any other bare number is not guessed to be.
    let digits = text.trim_start_matches("0x");
    let two_bytes = digits.len() == 4 && digits.starts_with('0');
    let mut ranked = Vec::new();
    for &space in Space::ALL {
        let form = space.form();
        if form == Form::Pair && !two_bytes {
            continue;
        }
        for (reading, code) in query::readings(text, form).into_iter().enumerate() {
            let single = get(space, code).filter(|entry| !entry.label.contains('-'));
            ranked.extend(single.map(|entry| (rank(text, space, code, reading), entry, code)));
        }
    }
    let short = query::decimal(text).and_then(short_kernel);
    let short_rank = Rank { unlikely: false, reading: 0, space: Space::Iscsiadm, after: true };
    ranked.extend(short.map(|found| (short_rank, found.entry, found.entry.code)));
    ranked.sort_by_key(|(rank, ..)| *rank);
    ranked.into_iter().map(|(_, entry, code)| Match::of(entry, code)).collect()
}

/// How likely a bare number means a code of a space; the least is the most likely.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Written in the other base than the space's codes are.
    unlikely: bool,
    /// 0 for the natural reading.
    reading: usize,
    space: Space,
    after: bool,
}

fn rank(text: &str, space: Space, code: u32, reading: usize) -> Rank {
    let other_base = query::says_hex(text) && space.form() == Form::Decimal && code < 1000;
    // ISCSI_OK is in no log: a bare 0 is an exit code first.
    let after = space == Space::Kernel && code == 0;
    let space = if after { Space::Iscsiadm } else { space };
    Rank { unlikely: other_base, reading, space, after }
}

/// A range as it is listed and suggested: `sense:80-ff/00-ff`, `iscsiadm:248-255`.
fn ranges(spaces: &[Space], text: &str) -> Vec<Match> {
    let all = spaces.iter().flat_map(|&space| entries(space));
    all.filter(|entry| entry.label.contains('-') && entry.label.eq_ignore_ascii_case(text))
        .map(|entry| Match { code: entry.label.to_owned(), entry, sense_key: None })
        .collect()
}

/// By symbol, symbol without its prefix, or another name.
fn named(spaces: &[Space], text: &str) -> Vec<Match> {
    let wanted = query::normal(text);
    let all = spaces.iter().flat_map(|&space| entries(space));
    all.filter(|entry| names(entry).any(|name| query::normal(name) == wanted))
        .map(|entry| Match::of(entry, entry.code))
        .collect()
}

/// Every name an entry is known by.
pub(super) fn names(entry: &'static Entry) -> impl Iterator<Item = &'static str> {
    let known = std::iter::once(entry.symbol).chain(entry.aka.iter().copied());
    known.flat_map(|name| {
        let short = name.strip_prefix(entry.space.prefix());
        [Some(name), short].into_iter().flatten().filter(|name| !name.is_empty())
    })
}
