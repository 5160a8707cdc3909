//! Dynamic debug: the call sites of `pr_debug`, as `/proc/dynamic_debug/control` lists them.

use serde::{Deserialize, Serialize};

/// What we switch on: the message, with its module and function in front so that it can be told whose it is.
pub const FLAGS: &str = "pmf";
/// How a site reads that is switched off.
pub const OFF: &str = "_";

/// One call site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Source file as listed.
    pub file: String,
    /// Line in it.
    pub line: u32,
    /// Module.
    pub module: String,
    /// Function.
    pub function: String,
    /// Its flags, [`OFF`] if none.
    pub flags: String,
}

impl Site {
    /// Reads `drivers/target/iscsi/iscsi_target.c:4099 [iscsi_target_mod]iscsit_get_rx_pdu =_ "Got ..."`.
    fn parse(line: &str) -> Option<Self> {
        let (place, rest) = line.split_once(" [")?;
        let (file, number) = place.rsplit_once(':')?;
        let (module, rest) = rest.split_once(']')?;
        let (function, rest) = rest.split_once(" =")?;
        let flags = rest.split(' ').next()?;
        Some(Self {
            file: file.to_owned(),
            line: number.parse().ok()?,
            module: module.to_owned(),
            function: function.to_owned(),
            flags: flags.to_owned(),
        })
    }

    /// Whether it prints.
    pub fn prints(&self) -> bool {
        self.flags.contains('p')
    }

    /// Whether it is the same place, whatever its flags.
    pub fn is(&self, other: &Self) -> bool {
        (&self.module, &self.file, self.line) == (&other.module, &other.file, other.line)
    }

    /// The query for just this site.
    pub fn query(&self, operation: char) -> String {
        let Self { file, line, module, .. } = self;
        format!("module {module} file {file} line {line} {operation}{FLAGS}")
    }
}

/// A module's sites in the text of the control file.
pub fn sites(control: &str, module: &str) -> Vec<Site> {
    let all = control.lines().filter_map(Site::parse);
    all.filter(|site| site.module == module).collect()
}

/// Queries that switch `wanted` on, as few as leave every other site of `all` as it is.
pub fn switch_on(wanted: &[Site], all: &[Site]) -> Vec<String> {
    let mut queries = Vec::new();
    for site in wanted {
        let of_function = |other: &&Site| other.function == site.function;
        let whole = all.iter().filter(of_function).all(|other| wanted.iter().any(|w| w.is(other)));
        let query = if whole {
            format!("module {} func {} +{FLAGS}", site.module, site.function)
        } else {
            site.query('+')
        };
        if !queries.contains(&query) {
            queries.push(query);
        }
    }
    queries
}

/// Joins queries into as few writes as the kernel takes (a page each).
pub fn batches(queries: &[String]) -> Vec<String> {
    const MOST: usize = 4000;
    let mut batches: Vec<String> = Vec::new();
    for query in queries {
        match batches.last_mut() {
            Some(last) if last.len() + query.len() + 2 <= MOST => {
                last.push_str("; ");
                last.push_str(query);
            }
            _ => batches.push(query.clone()),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: &str = "\
# filename:lineno [module]function flags format
drivers/target/iscsi/iscsi_target.c:1923 [iscsi_target_mod]iscsit_handle_nop_out =_ \"Got\\012\"
drivers/target/iscsi/iscsi_target.c:1950 [iscsi_target_mod]iscsit_handle_nop_out =pl \"Ping\\012\"
drivers/target/iscsi/iscsi_target.c:4099 [iscsi_target_mod]iscsit_get_rx_pdu =_ \"x = [y] =p\\012\" class:a
init/main.c:788 [main]initcall_blacklist =_ \"blacklisting initcall %s\\012\"
";

    #[test]
    fn the_control_file_is_read() {
        let sites = sites(CONTROL, "iscsi_target_mod");
        assert_eq!(sites.len(), 3);
        assert_eq!(sites[1].line, 1950);
        assert!(sites[1].prints() && !sites[0].prints() && !sites[2].prints());
        assert_eq!(sites[2].function, "iscsit_get_rx_pdu");
    }

    #[test]
    fn a_site_somebody_else_switched_on_is_not_in_any_query() {
        let all = sites(CONTROL, "iscsi_target_mod");
        let wanted: Vec<Site> = all.iter().filter(|site| !site.prints()).cloned().collect();
        assert_eq!(
            switch_on(&wanted, &all),
            [
                "module iscsi_target_mod file drivers/target/iscsi/iscsi_target.c line 1923 +pmf",
                "module iscsi_target_mod func iscsit_get_rx_pdu +pmf",
            ]
        );
    }

    #[test]
    fn queries_are_written_a_page_at_a_time_and_none_is_lost() {
        let queries: Vec<String> = (0..200).map(|n| format!("module m func f{n} +pmf")).collect();
        let batches = batches(&queries);
        assert!(batches.len() > 1 && batches.iter().all(|batch| batch.len() <= 4000));
        assert_eq!(batches.join("; "), queries.join("; "));
    }
}
