use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{
    super::{Exit, Format, Look},
    loan_failure, text, wish_failure,
};
use crate::{
    category::{Categories, Selection},
    host::Roots,
    knobs::{
        in_force,
        plan::{self, Wish},
        resolve::{Current, Found, State, Survey},
        table::{Knob, Table},
    },
};

/// Show every setting: where it is, its value now, what it shows.
#[derive(Debug, Args)]
pub struct Show {
    /// Only settings for these categories
    #[arg(short = 'd', value_name = "CATEGORIES", allow_hyphen_values = true)]
    categories: Option<Selection>,
    /// Only this driver's; may be repeated
    #[arg(long = "driver", value_name = "DRIVER")]
    drivers: Vec<String>,
    /// Also the settings of drivers that are not loaded
    #[arg(long)]
    all: bool,
    /// How to print: text, or JSON Lines with one object per setting
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// One setting.
#[derive(Serialize)]
struct Entry<'t> {
    driver: &'t str,
    setting: String,
    path: String,
    /// Its permissions, octal.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    on: Vec<String>,
    can_show: Vec<String>,
    needs_allow_secrets: Vec<String>,
    /// Kernel functions whose messages it brings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<&'t str>,
}

impl Show {
    pub fn run(self, roots: &Roots) -> anyhow::Result<Exit> {
        let table = Table::load()?;
        let survey = Survey::new(&table, roots);
        let wish = Wish { drivers: self.drivers.clone(), ..Wish::default() };
        let drivers = plan::drivers(&table, roots, &wish).map_err(|error| wish_failure(&error))?;
        let all = Categories::all();
        let wanted = self.categories.map_or(all, |selection| selection.over(all));
        if let Some((holder, changes)) = in_force(roots).map_err(|error| loan_failure(&error))? {
            eprintln!("iscsi-trace: {changes} changes are in force, made by {holder}");
        }
        let mut out = io::stdout().lock();
        for driver in drivers {
            let mut heading = Some(&driver.module);
            for found in survey.of(&driver.module) {
                let here = self.all
                    || !self.drivers.is_empty()
                    || !matches!(found.state, State::NotLoaded);
                if !here || !found.knob.categories().intersects(wanted) {
                    continue;
                }
                let entry = entry(found);
                match self.output {
                    Format::Json => writeln!(out, "{}", serde_json::to_string(&entry)?)?,
                    Format::Text => {
                        if let Some(module) = heading.take() {
                            writeln!(out, "{}", Look::of_stdout().bold(module))?;
                        }
                        print(&entry, found, &mut out)?;
                    }
                }
            }
        }
        Ok(Exit::Done)
    }
}

fn entry<'t>(found: &Found<'t>) -> Entry<'t> {
    let knob = found.knob;
    let none = Categories::empty();
    Entry {
        driver: &knob.driver,
        setting: knob.title(),
        path: found.path.display().to_string(),
        mode: knob.mode.map(|mode| format!("{mode:04o}")),
        state: state(&found.state),
        value: value(found),
        on: text::categories(found.on(), none),
        can_show: text::categories(knob.categories(), none),
        needs_allow_secrets: text::categories(knob.secret_categories(), none),
        functions: functions(knob),
    }
}

/// In the order of the table, each once.
fn functions(knob: &Knob) -> Vec<&str> {
    let mut functions: Vec<&str> = Vec::new();
    for function in knob.rows.iter().flat_map(|row| &row.functions) {
        if !functions.contains(&function.as_str()) {
            functions.push(function);
        }
    }
    functions
}

fn state(state: &State) -> &'static str {
    match state {
        State::Ready(_) => "ready",
        State::AtStart(_) => "set at start only",
        State::NotLoaded => "not loaded",
        State::NoHost => "driver has no host",
        State::Absent => "not in this kernel",
        State::Hidden => "only root can see it",
        State::Unreadable(_) => "unreadable",
    }
}

fn value(found: &Found<'_>) -> Option<String> {
    match &found.state {
        State::Ready(current) | State::AtStart(current) => Some(match current {
            Current::Number(number) => {
                found.knob.form.map_or_else(|| number.to_string(), |form| form.text(*number))
            }
            Current::On(instances) if instances.is_empty() => "off".to_owned(),
            Current::On(instances) => {
                let shown: Vec<_> =
                    instances.iter().map(|path| path.display().to_string()).collect();
                format!("on in {}", shown.join(", "))
            }
            Current::Sites(sites) => {
                let on = sites.iter().filter(|site| site.prints()).count();
                format!("{on} of {} call sites on", sites.len())
            }
        }),
        State::Unreadable(why) => Some(why.clone()),
        State::NotLoaded | State::NoHost | State::Absent | State::Hidden => None,
    }
}

fn print(entry: &Entry<'_>, found: &Found<'_>, out: &mut impl Write) -> io::Result<()> {
    let value = match (&entry.value, &found.state) {
        (Some(value), State::AtStart(_)) => format!("{value} (only its start changes it)"),
        (Some(value), _) => value.clone(),
        (None, _) => entry.state.to_owned(),
    };
    let host = found.host.map_or_else(String::new, |host| format!(" of host{host}"));
    writeln!(out, "  {}{host}: {value}", entry.setting)?;
    let marked = text::categories(found.knob.categories(), found.knob.secret_categories());
    writeln!(out, "      shows  {}", marked.join(" "))?;
    if !entry.on.is_empty() {
        writeln!(out, "      on     {}", entry.on.join(" "))?;
    }
    writeln!(out, "      file   {}", entry.path)
}
