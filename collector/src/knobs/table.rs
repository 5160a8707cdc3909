//! The table of knobs, as `knobs.toml` has it.

use serde::Deserialize;

use crate::category::Categories;

/// Everything the table says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Oldest and newest kernel it was compared with.
    pub kernels: [String; 2],
    /// The drivers, in the order they are listed.
    #[serde(rename = "driver")]
    pub drivers: Vec<Driver>,
    /// The knobs of all drivers.
    #[serde(rename = "knob")]
    pub knobs: Vec<Knob>,
}

/// A kernel module, or a program of open-iscsi.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// Its name, as `/sys/module` has it.
    pub module: String,
    /// One line for people.
    pub what: String,
    /// `proc_name` of its SCSI hosts.
    pub hosts: Option<String>,
    /// Modules whose messages are about this driver's sessions, too.
    #[serde(default)]
    pub uses: Vec<String>,
    /// What each of its rows serves beside its own categories.
    #[serde(default, rename = "also", deserialize_with = "categories")]
    pub also: Categories,
    /// Where it cannot do what one expects.
    pub note: Option<String>,
}

/// What is written to, or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `/sys/module/DRIVER/parameters/NAME`.
    Parameter,
    /// `/sys/class/scsi_host/hostN/NAME`.
    HostAttribute,
    /// An event of a trace instance.
    Tracepoint,
    /// The function tracer of a trace instance.
    Functions,
    /// Call sites of a module's `pr_debug`.
    DynamicDebug,
    /// The debug level a program is started with.
    StartOption,
}

/// How numbers mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Any number but 0 is on.
    Flag,
    /// Bits that add up.
    Mask,
    /// Each number shows what the lower ones show, too.
    Level,
    /// On with exactly this number.
    Exact,
    /// Three bits per kind of message (`scsi_logging_level`).
    Fields,
}

/// One switch of one driver.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knob {
    /// Module it belongs to.
    pub driver: String,
    /// What is written to.
    pub kind: Kind,
    /// File, event or option; none for the function tracer.
    #[serde(default)]
    pub name: String,
    /// Its permissions, as in `0644`.
    #[serde(default, deserialize_with = "octal")]
    pub mode: Option<u32>,
    /// How its numbers mean something; none where nothing is a number.
    pub form: Option<Form>,
    /// Tracepoints with the same text, preferred to it.
    #[serde(default)]
    pub traced_by: Vec<String>,
    /// What each value shows.
    #[serde(default)]
    pub rows: Vec<Row>,
}

/// What one value of a knob shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The categories.
    #[serde(rename = "for", deserialize_with = "categories")]
    pub categories: Categories,
    /// Bits, level or number.
    #[serde(default)]
    pub value: u32,
    /// Lowest bit of its field ([`Form::Fields`]).
    #[serde(default)]
    pub shift: u32,
    /// Whose messages these are; of all functions of the module if there are none.
    #[serde(default)]
    pub functions: Vec<String>,
    /// How such a message begins behind the function's name; in any way if there is none.
    #[serde(default)]
    pub starts: Vec<String>,
    /// It may print CHAP secrets.
    #[serde(default)]
    pub secrets: bool,
    /// One line for people.
    #[serde(default)]
    pub what: String,
}

/// Why the table is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It does not parse.
    #[error("knobs.toml: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A knob's driver is not there.
    #[error("knobs.toml: knob {0} belongs to no driver")]
    NoDriver(String),
    /// `traced_by` names an event that is not there.
    #[error("knobs.toml: no tracepoint {0}")]
    NoTracepoint(String),
}

impl Table {
    /// The table this program was built with.
    ///
    /// # Errors
    /// If it contradicts itself, which a test keeps from happening.
    pub fn load() -> Result<Self, TableError> {
        Self::parse(include_str!("knobs.toml"))
    }

    fn parse(text: &str) -> Result<Self, TableError> {
        let mut table: Self = toml::from_str(text)?;
        table.complete()?;
        Ok(table)
    }

    /// Gives each knob the rows of the tracepoints it prints the text of, and each row its driver's categories.
    fn complete(&mut self) -> Result<(), TableError> {
        let events: Vec<(String, Vec<Row>)> = self
            .knobs
            .iter()
            .filter(|knob| knob.kind == Kind::Tracepoint)
            .map(|knob| (knob.name.clone(), knob.rows.clone()))
            .collect();
        for knob in &mut self.knobs {
            let mut traced = Vec::new();
            for wanted in &knob.traced_by {
                let (_, rows) = events
                    .iter()
                    .find(|(name, _)| name == wanted)
                    .ok_or_else(|| TableError::NoTracepoint(wanted.clone()))?;
                traced.extend_from_slice(rows);
            }
            if knob.rows.is_empty() {
                // Any number but 0 switches a flag on; 1 is what everybody writes.
                traced.iter_mut().for_each(|row| row.value = 1);
                knob.rows = traced;
            }
            let driver = self.drivers.iter().find(|driver| driver.module == knob.driver);
            let driver = driver.ok_or_else(|| TableError::NoDriver(knob.name.clone()))?;
            // Function tracing is asked for by name, never by the way.
            if knob.kind != Kind::Functions {
                knob.rows.iter_mut().for_each(|row| row.categories |= driver.also);
            }
        }
        Ok(())
    }

    /// A driver by name.
    pub fn driver(&self, module: &str) -> Option<&Driver> {
        self.drivers.iter().find(|driver| driver.module == module)
    }

    /// A driver's knobs.
    pub fn knobs_of<'a>(&'a self, module: &'a str) -> impl Iterator<Item = &'a Knob> {
        self.knobs.iter().filter(move |knob| knob.driver == module)
    }
}

impl Knob {
    /// All it can show.
    pub fn categories(&self) -> Categories {
        self.rows.iter().fold(Categories::empty(), |all, row| all | row.categories)
    }

    /// What it shows only together with secrets.
    pub fn secret_categories(&self) -> Categories {
        let open = self.rows.iter().filter(|row| !row.secrets);
        self.categories() - open.fold(Categories::empty(), |all, row| all | row.categories)
    }

    /// Whether its messages reach the kernel log rather than a trace instance.
    pub fn fills_kernel_log(&self) -> bool {
        matches!(self.kind, Kind::Parameter | Kind::HostAttribute | Kind::DynamicDebug)
    }

    /// How people call it: `parameter debug_conn`.
    pub fn title(&self) -> String {
        match self.kind {
            Kind::Parameter => format!("parameter {}", self.name),
            Kind::HostAttribute => format!("host attribute {}", self.name),
            Kind::Tracepoint => format!("tracepoint {}", self.name.replace('/', ":")),
            Kind::Functions => "function tracer".to_owned(),
            Kind::DynamicDebug => "dynamic debug".to_owned(),
            Kind::StartOption => format!("start option {}", self.name),
        }
    }
}

fn categories<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Categories, D::Error> {
    let names = Vec::<String>::deserialize(source)?;
    names.iter().try_fold(Categories::empty(), |all, name| {
        let one = Categories::from_name(name);
        let unknown = || serde::de::Error::custom(format!("'{name}' is no category"));
        one.map(|one| all | one).ok_or_else(unknown)
    })
}

fn octal<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(source)?;
    u32::from_str_radix(&text, 8)
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("'{text}' is no mode")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_together() {
        let table = Table::load().unwrap();
        for knob in &table.knobs {
            let title = format!("{} {}", knob.driver, knob.title());
            assert!(!knob.rows.is_empty(), "{title} shows nothing");
            assert!(!knob.categories().is_empty(), "{title} serves no category");
            let numbers =
                matches!(knob.kind, Kind::Parameter | Kind::HostAttribute | Kind::StartOption);
            assert_eq!(knob.form.is_some(), numbers, "{title}: form");
            let file = matches!(knob.kind, Kind::Parameter | Kind::HostAttribute);
            assert_eq!(knob.mode.is_some(), file, "{title}: mode");
            for row in &knob.rows {
                assert!(!numbers || row.value > 0, "{title}: a row without value");
                assert!(row.starts.is_empty() || !row.functions.is_empty(), "{title}: starts");
            }
        }
    }

    #[test]
    fn every_driver_has_a_knob_or_says_why_not() {
        let table = Table::load().unwrap();
        for driver in &table.drivers {
            let knobs = table.knobs_of(&driver.module).count();
            assert!(knobs > 0 || driver.note.is_some(), "{}", driver.module);
            for used in &driver.uses {
                assert!(table.driver(used).is_some(), "{} uses {used}", driver.module);
            }
        }
    }

    #[test]
    fn a_parameter_shows_what_its_tracepoint_shows() {
        let table = Table::load().unwrap();
        let parameter = table.knobs.iter().find(|knob| knob.name == "debug_libiscsi_eh").unwrap();
        assert_eq!(
            parameter.categories(),
            "EH,TMF,TIMERS,SESSION"
                .parse::<crate::category::Selection>()
                .unwrap()
                .over(Categories::empty())
        );
        assert!(parameter.rows.iter().all(|row| row.value == 1));
    }

    #[test]
    fn whatever_is_known_to_print_secrets_is_marked() {
        let table = Table::load().unwrap();
        let secrets = |module: &str| {
            let knob = table.knobs_of(module).find(|knob| knob.fills_kernel_log()).unwrap();
            let rows: Vec<&Row> = knob.rows.iter().filter(|row| row.secrets).collect();
            rows.iter()
                .flat_map(|row| row.functions.clone())
                .chain(rows.iter().map(|row| format!("{:#x}", row.value)))
                .collect::<Vec<_>>()
        };
        for module in ["libcxgbi", "cxgb3i", "cxgb4i"] {
            assert_eq!(secrets(module), ["0x1"], "{module}");
        }
        let lio = secrets("iscsi_target_mod");
        for function in
            ["chap_server_compute_hash", "chap_gen_challenge", "iscsi_decode_text_input"]
        {
            assert!(lio.iter().any(|known| known == function), "{function}");
        }
        let iscsid = table.knobs_of("iscsid").next().unwrap();
        assert!(iscsid.rows.iter().all(|row| row.secrets == (row.value >= 4)));
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let driver = "kernels = ['', '']\n[[driver]]\nmodule = 'a'\nwhat = ''\n";
        let stray = "[[knob]]\ndriver = 'b'\nkind = 'functions'\nrows = []\n";
        assert!(matches!(Table::parse(&format!("{driver}{stray}")), Err(TableError::NoDriver(_))));
        let untraced = "[[knob]]\ndriver = 'a'\nkind = 'parameter'\ntraced_by = ['x/y']\n";
        assert!(matches!(
            Table::parse(&format!("{driver}{untraced}")),
            Err(TableError::NoTracepoint(_))
        ));
        let misspelt = "[[knob]]\ndriver = 'a'\nkind = 'functions'\nrows = [{ for = ['PDU'] }]\n";
        let error = Table::parse(&format!("{driver}{misspelt}")).unwrap_err();
        assert!(error.to_string().contains("'PDU' is no category"), "{error}");
    }
}
