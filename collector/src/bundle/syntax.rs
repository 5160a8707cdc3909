//! Files with keys: what is safe of them, and what stands for the rest.

use serde_json::Value;

use super::allowed::{Allowed, File, Syntax};
use super::item::Found;
use super::kind::{self, Kind, masked, secret_of, shown_key};

/// The text that may be copied.
pub(super) fn copy(file: &File, text: &str, found: &mut Found) -> String {
    let mut copier = Copier { file, allowed: Allowed::get(), found };
    match file.syntax {
        Syntax::Assignments => copier.lines(text, Copier::assignment),
        Syntax::Sections => copier.lines(text, Copier::section),
        Syntax::Words => {
            let words: Vec<String> =
                text.split_ascii_whitespace().map(|word| copier.word(word)).collect();
            words.join(" ") + "\n"
        }
        Syntax::Json => copier.json(text),
    }
}

struct Copier<'a> {
    file: &'a File,
    allowed: &'static Allowed,
    found: &'a mut Found,
}

impl Copier<'_> {
    /// Comments are left out: an old password is often one.
    fn lines(&mut self, text: &str, line: fn(&mut Self, &str) -> String) -> String {
        let mut out = String::new();
        for text in text.lines().map(str::trim) {
            if text.is_empty() || text.starts_with(['#', '!']) {
                if let Some(version) =
                    text.strip_prefix("# BEGIN RECORD ").filter(|v| kind::is_number(v))
                {
                    out.push_str(&format!("# BEGIN RECORD {version}\n"));
                }
                continue;
            }
            out.push_str(&line(self, text));
            out.push('\n');
        }
        out
    }

    fn assignment(&mut self, line: &str) -> String {
        let Some((key, value)) = line.split_once('=') else { return self.hide(line) };
        let (key, value) = (key.trim(), value.trim());
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let (key, value) = self.pair(key, bare.unwrap_or(value));
        format!("{key} = {value}")
    }

    fn word(&mut self, word: &str) -> String {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let (key, shown) = self.pair(key, value);
        if shown.is_empty() { key } else { format!("{key}={shown}") }
    }

    /// `key value`, `section {`, `}`, `<target NAME>`.
    fn section(&mut self, line: &str) -> String {
        if line == "}" || line == "</target>" {
            return line.to_owned();
        }
        let (open, inner) = match line.strip_prefix('<').and_then(|line| line.strip_suffix('>')) {
            Some(inner) => (true, inner),
            None => (false, line),
        };
        let (inner, brace) = match inner.strip_suffix('{') {
            Some(inner) => (inner.trim_end(), " {"),
            None => (inner, ""),
        };
        let (key, value) = inner.split_once([' ', '\t']).unwrap_or((inner, ""));
        let value = value.trim().trim_matches('"');
        let (key, value) = self.pair(key, value);
        let space = if value.is_empty() { "" } else { " " };
        let line = format!("{key}{space}{value}{brace}");
        if open { format!("<{line}>") } else { line }
    }

    fn pair(&mut self, key: &str, value: &str) -> (String, String) {
        let Some(kind) = self.file.kind(self.allowed, key) else {
            self.found.masked += 1;
            self.remember(key, value);
            return (
                shown_key(key),
                if value.is_empty() { String::new() } else { masked(key, value) },
            );
        };
        (key.to_owned(), self.value(kind, key, value))
    }

    fn value(&mut self, kind: Kind, key: &str, value: &str) -> String {
        kind.admit(value, &mut self.found.names).unwrap_or_else(|| {
            self.found.masked += 1;
            masked(key, value)
        })
    }

    /// A secret may be somewhere else, too.
    fn remember(&mut self, key: &str, value: &str) {
        if let Some(secret) = secret_of(key, value) {
            self.found.secrets.add(secret);
        }
    }

    fn hide(&mut self, text: &str) -> String {
        self.found.masked += 1;
        masked("", text)
    }

    fn json(&mut self, text: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else { return self.hide(text) };
        self.walk("", &mut value);
        // Printing a value that was parsed cannot fail.
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }

    fn walk(&mut self, key: &str, value: &mut Value) {
        match value {
            Value::Object(map) => {
                *map = std::mem::take(map)
                    .into_iter()
                    .map(|(key, mut value)| {
                        self.walk(&key, &mut value);
                        let known = self.file.kind(self.allowed, &key).is_some();
                        (if known { key } else { shown_key(&key) }, value)
                    })
                    .collect();
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.walk(key, value)),
            Value::Null => {}
            leaf => {
                let text = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
                let shown = match self.file.kind(self.allowed, key) {
                    Some(kind) => self.value(kind, key, &text),
                    None => self.hide_value(key, &text),
                };
                if shown != text {
                    *leaf = Value::String(shown);
                }
            }
        }
    }

    fn hide_value(&mut self, key: &str, text: &str) -> String {
        self.found.masked += 1;
        self.remember(key, text);
        masked(key, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, text: &str) -> String {
        let file = Allowed::get().file.iter().find(|file| file.path.ends_with(path)).unwrap();
        copy(file, text, &mut Found::default())
    }

    #[test]
    fn settings_are_copied_and_secrets_comments_and_strangers_are_not() {
        let text = "# node.session.auth.password = old-canary\n\
            node.session.timeo.replacement_timeout = 120\nnode.session.auth.username = ada\n\
            node.session.auth.password = canary\nnode.session.new_knob = canary\n\
            node.conn[0].timeo.noop_out_timeout = canary\ncanary\n";
        assert_eq!(
            shown("iscsid.conf", text),
            "node.session.timeo.replacement_timeout = 120\nnode.session.auth.username = <hidden>\n\
             node.session.auth.password = <hidden>\nnode.session.new_knob = <text, 6 bytes>\n\
             node.conn[0].timeo.noop_out_timeout = <text, 6 bytes>\n<text, 6 bytes>\n"
        );
    }

    #[test]
    fn the_kernels_command_line_loses_what_is_not_known() {
        let text = "quiet root=/dev/sda1 netroot=iscsi:ada:canary@10.0.0.1::3260::iqn.x:t rd.iscsi.password=canary";
        assert_eq!(
            shown("cmdline", text),
            "quiet root=/dev/sda1 <key, 7 bytes>=<text, 40 bytes> rd.iscsi.password=<hidden>\n"
        );
    }

    #[test]
    fn lios_configuration_keeps_its_shape() {
        let text = r#"{"targets":[{"wwn":"iqn.2024-01.lab:lio","tpgs":[{"tag":1,"attributes":{"authentication":1},
            "node_acls":[{"node_wwn":"iqn.2024-01.lab:a","chap_userid":"ada","chap_password":"canary"}]}]}]}"#;
        let shown = shown("saveconfig.json", text);
        let json: Value = serde_json::from_str(&shown).unwrap();
        let group = &json["targets"][0]["tpgs"][0];
        assert_eq!(group["attributes"]["authentication"], 1);
        assert_eq!(group["node_acls"][0]["chap_password"], "<hidden>");
        assert_eq!(group["node_acls"][0]["chap_userid"], "<hidden>");
    }

    #[test]
    fn broken_json_is_replaced_as_a_whole() {
        assert_eq!(shown("saveconfig.json", "{\"chap_password\": \"canary"), "<text, 25 bytes>");
    }

    #[test]
    fn sections_of_multipath_and_tgt_are_read() {
        let text = "devices {\n  device {\n    vendor \"LIO-ORG\"\n    no_path_retry 12\n    protocol_secret canary\n  }\n}\n";
        assert_eq!(
            shown("multipath.conf", text),
            "devices {\ndevice {\nvendor LIO-ORG\nno_path_retry 12\nprotocol_secret <hidden>\n}\n}\n"
        );
        let text = "<target iqn.2024-01.lab:tgt>\n  incominguser ada canary\n  backing-store /srv/a.img\n</target>\n";
        assert_eq!(
            shown("targets.conf", text),
            "<target iqn.2024-01.lab:tgt>\nincominguser <hidden>\nbacking-store /srv/a.img\n</target>\n"
        );
    }
}
