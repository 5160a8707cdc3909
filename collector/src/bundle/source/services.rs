//! Services that make sessions, bring them back, or share disks over them.

use super::super::allowed::Allowed;
use super::super::item::Found;
use super::super::setting::Setting;

const UNITS: [&str; 8] = [
    "iscsid.service",
    "iscsid.socket",
    "iscsi.service",
    "open-iscsi.service",
    "iscsiuio.service",
    "multipathd.service",
    "target.service",
    "tgt.service",
];

pub(super) fn collect(setting: &Setting) -> Found {
    const WHAT: &str = "systemctl show";
    let mut found = Found::default();
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return found;
    }
    let Some(fields) = Allowed::get().shared("service") else { return found };
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    let property = format!("--property={}", names.join(","));
    let mut arguments = vec!["show", property.as_str()];
    arguments.extend(UNITS);
    let said = match wish.programs.run("systemctl", &arguments, wish.patience, &*wish.stop) {
        Ok(said) => said,
        Err(why) => {
            found.missing(WHAT, why);
            return found;
        }
    };
    if let Some(complaint) = said.complaint {
        found.missing(WHAT, complaint);
    }
    let mut text = String::new();
    // Units are apart by an empty line.
    for unit in said.text.split("\n\n") {
        let lines: Vec<String> = unit
            .lines()
            .filter_map(|line| {
                let (key, value) = line.split_once('=')?;
                let value = fields.get(key)?.admit(value, &mut found.names)?;
                Some(format!("{key}={value}\n"))
            })
            .collect();
        if !lines.is_empty() && !unit.contains("LoadState=not-found") {
            text.push_str(&lines.concat());
            text.push('\n');
        }
    }
    found.text("services.txt", WHAT, text);
    found
}
