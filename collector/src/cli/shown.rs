//! What of the events is printed, and how: the options that every command with events has.

use std::io::{self, Write};

use clap::Args;

use super::{Failure, Format, Look};
use crate::category::{Categories, Selection, help_table};
use crate::filter::Filter;
use crate::model::Record;
use crate::output::{EventSchema, FIELDS, Json, Line, Printer, Secrets, Tree, get};

/// Output leaves in pieces of this size.
pub const OUT_BUFFER: usize = 256 << 10;

#[derive(Debug, Args)]
pub struct Shown {
    /// Show every field
    #[arg(short, long)]
    pub verbose: bool,
    /// How to print: lines for people or JSON Lines for programs
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// Show these categories only, e.g. LOGIN_ERRS,TMF or all,-DATA (table below)
    #[arg(short = 'd', value_name = "CATEGORIES", allow_hyphen_values = true)]
    pub categories: Option<Selection>,
    /// Show events this holds for, e.g. 'opcode == 0x21 && status != 0'
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Print CHAP names, challenges and responses instead of hiding them
    #[arg(long)]
    pub show_secrets: bool,
}

impl Shown {
    /// The categories asked for, where `default` are those without `-d`.
    pub fn categories(&self, default: Categories) -> Categories {
        self.categories.map_or(default, |selection| selection.over(default))
    }

    /// Where records are printed.
    ///
    /// # Errors
    /// The filter is wrong.
    pub fn screen(&self, default: Categories) -> Result<Screen, Failure> {
        let secrets = if self.show_secrets { Secrets::Shown } else { Secrets::Hidden };
        let colour = Look::of_stdout().colour;
        let printer: Box<dyn Printer> = match (self.output, self.verbose) {
            (Format::Json, _) => Box::new(Json::new(secrets)),
            (Format::Text, true) => Box::new(Tree::new(secrets, colour)),
            (Format::Text, false) => Box::new(Line::new(secrets, colour)),
        };
        let filter = self.filter.as_deref().map(|text| Filter::parse(text, &EventSchema));
        let filter =
            filter.transpose().map_err(|error| Failure::usage(format!("--filter, {error}")))?;
        Ok(Screen { printer, categories: self.categories(default), filter })
    }
}

/// Prints the records that are wanted.
pub struct Screen {
    printer: Box<dyn Printer>,
    categories: Categories,
    filter: Option<Filter>,
}

impl Screen {
    /// Prints a record if it is wanted.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn print(&mut self, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
        let wanted = self.categories.intersects(record.categories())
            && self.filter.as_ref().is_none_or(|filter| filter.matches(|id| get(record, id)));
        if wanted { self.printer.print(record, out) } else { Ok(()) }
    }
}

/// The tables behind `-d` and `--filter`.
pub fn help() -> String {
    let mut text = format!("Categories for -d:\n{}\nFields for --filter:\n", help_table());
    for field in FIELDS {
        text.push_str(&format!("  {:<34} {}\n", field.name, field.help));
    }
    text.push_str(
        "\nOperators: == != < <= > >= & in {1, 5..9} contains && || ! ( ). A field alone asks whether it is \
         there.\nNumbers are decimal or 0x; 50ms and 64k work where times and lengths are meant. All times are UTC.\n",
    );
    text
}
