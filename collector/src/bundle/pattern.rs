//! Paths with holes: `etc/iscsi/nodes/{iqn}/{portal}/{name}`.

use super::files;
use super::item::Found;
use super::kind::Kind;
use super::setting::Setting;

/// A component of a path.
enum Part<'a> {
    Literal(&'a str),
    /// One of these.
    Either(Vec<&'a str>),
    /// Whatever looks like this.
    Like(Kind),
}

impl<'a> Part<'a> {
    fn parse(text: &'a str) -> Self {
        let Some(hole) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
            return Self::Literal(text);
        };
        match hole {
            "iqn" => Self::Like(Kind::Iqn),
            "portal" => Self::Like(Kind::Portal),
            "address" => Self::Like(Kind::Address),
            "name" => Self::Like(Kind::Name),
            "word" => Self::Like(Kind::Word),
            words => Self::Either(words.split('|').collect()),
        }
    }
}

/// The paths a pattern fits, in order; names in them are noted, folders that cannot be read are missing.
pub(super) fn expand(setting: &Setting, pattern: &str, found: &mut Found) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in components(pattern) {
        paths = paths.iter().flat_map(|above| below(setting, above, &part, found)).collect();
    }
    paths
}

/// The parts of a pattern; an alternative may hold a `/`.
fn components(pattern: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        let end = match rest.starts_with('{') {
            true => rest.find('}').map_or(rest.len(), |at| at + 1),
            false => rest.find('/').unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.push(Part::parse(part));
        rest = after.trim_start_matches('/');
    }
    parts
}

fn below(setting: &Setting, above: &str, part: &Part<'_>, found: &mut Found) -> Vec<String> {
    let join =
        |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    let is_there = |path: &String| setting.on_machine(path).symlink_metadata().is_ok();
    let kind = match part {
        // Whether the last one exists is for whoever reads it to find out.
        Part::Literal(name) => return vec![join(name)],
        Part::Either(names) => {
            return names.iter().map(|name| join(name)).filter(is_there).collect();
        }
        Part::Like(kind) => *kind,
    };
    let names = match files::names(&setting.on_machine(above)) {
        Ok(names) => names,
        Err(error) => {
            if let Some(why) = files::why(&error) {
                found.missing(format!("/{above}"), why);
            }
            return Vec::new();
        }
    };
    names
        .into_iter()
        .filter(|name| {
            let fits = kind.admit(name, &mut found.names).is_some();
            // A folder where the kernel or iscsid puts others' files is not complained about.
            if !fits && above.contains("iscsi") && !above.starts_with("sys/") {
                found.missing(format!("/{above}: a file"), "its name is none iscsid gives");
            }
            fits
        })
        .map(|name| join(&name))
        .collect()
}
