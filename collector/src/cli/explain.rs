use std::io::{self, BufWriter, Write};

use iscsi_decoders::catalogue::{Space, find};

use super::{Exit, Failure, Format, Look};
use crate::explain::{apology, json, list, text};

/// Say what an error code means, how one hits it, what to check and what to do.
///
/// A CODE is a number from a log or a capture (1011, 0x18), bytes of it (02/01, 3/11/00), or a name
/// (ISCSI_ERR_NOP_TIMEDOUT, DID_NO_CONNECT, "reservation conflict"). A number that means several things
/// shows them all; a name space before it says which is meant (iscsiadm:15, login:0201, sense:3/11/00,
/// state:3). Without a CODE the name spaces are listed.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// Codes or names to explain
    #[arg(value_name = "CODE")]
    codes: Vec<String>,

    /// List the name spaces, or the codes of one
    #[arg(long, value_name = "SPACE", num_args = 0..=1, default_missing_value = "", conflicts_with = "codes")]
    list: Option<String>,

    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    output: Format,
}

impl Explain {
    /// Prints what is known, then complains about what is not.
    ///
    /// # Errors
    /// A [`Failure`] naming the codes that are unknown, or what writing says.
    pub fn run(self) -> anyhow::Result<Exit> {
        let mut out = BufWriter::new(io::stdout().lock());
        let unknown = match self.list.as_deref() {
            None if !self.codes.is_empty() => self.explain(&mut out)?,
            None | Some("") => {
                list::spaces(&mut out, self.output)?;
                Vec::new()
            }
            Some(name) => self.list_space(&mut out, name)?,
        };
        out.flush()?;
        if unknown.is_empty() {
            return Ok(Exit::Done);
        }
        Err(Failure::damaged(unknown.join("\n")).into())
    }

    /// Returns what to say about the codes that are not known.
    fn explain(&self, out: &mut impl Write) -> io::Result<Vec<String>> {
        let look = Look::of_stdout();
        let mut unknown = Vec::new();
        let mut first = true;
        for query in &self.codes {
            let found = match find(query) {
                Ok(found) => found,
                Err(error) => {
                    unknown.push(apology(&error));
                    continue;
                }
            };
            match self.output {
                Format::Json => found.iter().try_for_each(|m| json::write(out, Some(query), m))?,
                Format::Text => {
                    if !first {
                        writeln!(out)?;
                    }
                    text::write(out, look, query, &found)?;
                }
            }
            first = false;
        }
        Ok(unknown)
    }

    fn list_space(&self, out: &mut impl Write, name: &str) -> io::Result<Vec<String>> {
        let spaces = match name.trim_end_matches(':').to_lowercase().as_str() {
            "sense" => vec![Space::SenseKey, Space::Asc],
            name => Space::from_name(name).into_iter().collect(),
        };
        if spaces.is_empty() {
            let unknown = find(&format!("{}:?", name.trim_end_matches(':'))).err();
            return Ok(unknown.iter().map(apology).collect());
        }
        spaces.into_iter().try_for_each(|space| list::codes(out, self.output, space))?;
        Ok(Vec::new())
    }
}
