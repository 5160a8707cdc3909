//! Which categories a message belongs to, by the table of knobs.

use iscsi_decoders::log::{self, Kind, LogEvent, Source, Subject};

use super::Line;
use crate::{
    category::Categories,
    knobs::{
        secrets,
        table::{self, Knob, Table},
    },
};

/// Where a message was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The kernel log.
    Log,
    /// A trace event.
    Trace(String),
}

/// A message and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Unix time, nanoseconds.
    pub time: i64,
    /// Where it was read.
    pub origin: Origin,
    /// Session it is about.
    pub session: Option<u32>,
    /// Connection of that session.
    pub connection: Option<u32>,
    /// SCSI host it is about.
    pub host: Option<u32>,
    /// The kernel function that says it, where it tells.
    pub function: Option<String>,
    /// What it says, secrets hidden.
    pub text: String,
    /// What it belongs to; all for what the kernel says without being asked.
    pub categories: Categories,
    /// What it means, where the decoders know it.
    pub meaning: Option<&'static str>,
}

/// Looks messages up.
#[derive(Debug)]
pub struct Classifier<'t> {
    table: &'t Table,
}

impl<'t> Classifier<'t> {
    /// By this table.
    pub fn new(table: &'t Table) -> Self {
        Self { table }
    }

    /// What a line is; `None` if it has nothing to do with iSCSI.
    pub fn message(&self, line: &Line) -> Option<Message> {
        let text = secrets::mask(&line.text).into_owned();
        match &line.event {
            Some(event) => Some(self.traced(line.time, event, text)),
            None => self.logged(line.time, text),
        }
    }

    fn traced(&self, time: i64, event: &str, text: String) -> Message {
        let is = |knob: &&Knob| {
            knob.kind == table::Kind::Tracepoint && knob.name.ends_with(&format!("/{event}"))
        };
        // `connection1:0: iscsi_tcp_recv_skb in 48 bytes`: read like the same text in the log.
        let (subject, function) = match parsed(&text) {
            Some(LogEvent { subject, kind: Kind::Debug { function }, .. }) => {
                (subject, Some(function))
            }
            Some(event) => (event.subject, None),
            None if event == "function" => (Subject::default(), text.split(' ').next()),
            None => (Subject::default(), said_by_whom(&text)),
        };
        let categories = match self.table.knobs.iter().find(is) {
            Some(knob) => of_function(knob, function, &text),
            None => Categories::FUNCTION,
        };
        Message {
            time,
            origin: Origin::Trace(event.to_owned()),
            session: subject.session,
            connection: subject.connection,
            host: subject.host,
            function: function.map(str::to_owned),
            categories,
            meaning: None,
            text,
        }
    }

    fn logged(&self, time: i64, text: String) -> Option<Message> {
        let mut message = Message {
            time,
            origin: Origin::Log,
            session: None,
            connection: None,
            host: None,
            function: None,
            text: String::new(),
            categories: Categories::all(),
            meaning: None,
        };
        if let Some((knob, function, _)) = self.call_site(&text) {
            message.categories = of_function(knob, Some(function), &text);
            message.function = Some(function.to_owned());
        } else if let Some(event) = parsed(&text) {
            message.session = event.subject.session;
            message.connection = event.subject.connection;
            message.host = event.subject.host;
            match event.kind {
                Kind::Debug { function } => {
                    message.categories = self.printed(function, &text);
                    message.function = Some(function.to_owned());
                }
                _ => message.meaning = Some(event.message.meaning),
            }
        } else if is_mid_layer(&text) {
            message.categories = Categories::SCSI | Categories::EH;
        } else {
            return None;
        }
        message.text = text;
        Some(message)
    }

    /// `iscsi_target_mod:iscsit_handle_nop_out: text`, as our flags make dynamic debug print it.
    fn call_site<'a>(&self, text: &'a str) -> Option<(&'t Knob, &'a str, &'a str)> {
        let (module, rest) = text.split_once(':')?;
        let (function, said) = rest.split_once(": ")?;
        let is = |knob: &&Knob| knob.kind == table::Kind::DynamicDebug && knob.name == module;
        Some((self.table.knobs.iter().find(is)?, function, said))
    }

    /// The categories of a function's messages in the kernel log.
    fn printed(&self, function: &str, text: &str) -> Categories {
        let knobs = self.table.knobs.iter().filter(|knob| !knob.traced_by.is_empty());
        let has =
            |knob: &&Knob| knob.rows.iter().any(|row| row.functions.iter().any(|f| f == function));
        let known = knobs.clone().find(has);
        // A function this table does not know yet is better shown than lost.
        known.map_or(Categories::all(), |knob| of_function(knob, Some(function), text))
    }
}

/// The categories of what a function says: of the first row that fits, else of all the knob can show.
fn of_function(knob: &Knob, function: Option<&str>, text: &str) -> Categories {
    let said =
        function.and_then(|function| text.split_once(function)).map_or(text, |(_, said)| said);
    let said = said.trim_start_matches([':', ' ']);
    let fits = |row: &&table::Row| {
        let by = row.functions.is_empty()
            || row.functions.iter().any(|known| Some(known.as_str()) == function);
        by && (row.starts.is_empty()
            || row.starts.iter().any(|start| said.starts_with(start.as_str())))
    };
    knob.rows.iter().find(fits).map_or(knob.categories(), |row| row.categories)
}

fn parsed(text: &str) -> Option<LogEvent<'_>> {
    LogEvent::decode(&log::Line { source: Source::Kernel, message: text, ..log::Line::default() })
}

/// `(null): iscsi_alloc_session Completed ...`: a session that has no number yet.
fn said_by_whom(text: &str) -> Option<&str> {
    text.split_once(": ")?.1.split(' ').next().filter(|word| word.contains('_'))
}

/// The SCSI core's own logging: `sd 2:0:0:0: [sda] tag#3 Send: scmd 0x...`.
fn is_mid_layer(text: &str) -> bool {
    ["sd ", "scsi ", "scsi_eh_"].iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify(event: Option<&str>, text: &str) -> Option<Message> {
        let table = Table::load().unwrap();
        let line = Line { time: 1, event: event.map(str::to_owned), text: text.to_owned() };
        Classifier::new(&table).message(&line)
    }

    fn categories(event: Option<&str>, text: &str) -> Categories {
        classify(event, text).unwrap().categories
    }

    #[test]
    fn the_same_text_has_the_same_categories_traced_and_logged() {
        for (event, text, expected) in [
            ("iscsi_dbg_tcp", "connection1:0: iscsi_tcp_recv_skb in 48 bytes", Categories::TCP),
            (
                "iscsi_dbg_session",
                "session1: __iscsi_complete_pdu [op 0x20 cid 0 itt 0xffffffff len 0]",
                Categories::PDUS | Categories::NOPS,
            ),
            (
                "iscsi_dbg_conn",
                "connection1:0: iscsi_check_transport_timeouts Sending nopout as ping",
                Categories::NOPS | Categories::TIMERS,
            ),
        ] {
            assert_eq!(categories(Some(event), text), expected, "{text}");
            assert_eq!(categories(None, text), expected, "{text}");
        }
    }

    #[test]
    fn who_it_is_about_is_known() {
        let text = "connection3:1: iscsi_tcp_recv_skb in 48 bytes";
        let message = classify(Some("iscsi_dbg_tcp"), text).unwrap();
        assert_eq!((message.session, message.connection), (Some(3), Some(1)));
        assert_eq!(message.function.as_deref(), Some("iscsi_tcp_recv_skb"));
    }

    #[test]
    fn a_session_without_a_number_is_classified_all_the_same() {
        let text = "(null): iscsi_alloc_session Completed session allocation";
        let message = classify(Some("iscsi_dbg_trans_session"), text).unwrap();
        assert_eq!(message.categories, Categories::SESSION);
    }

    #[test]
    fn what_the_kernel_says_unasked_is_in_every_category_and_explained() {
        let message = classify(None, "connection1:0: detected conn error (1020)").unwrap();
        assert_eq!(message.categories, Categories::all());
        assert!(message.meaning.is_some());
    }

    #[test]
    fn call_sites_of_the_target_tell_their_function() {
        let text = "iscsi_target_mod:iscsit_setup_nop_out: Got NOPOUT Ping Command ITT: 0x1";
        let expected = Categories::PDUS | Categories::NOPS | Categories::TARGET;
        assert_eq!(categories(None, text), expected);
    }

    #[test]
    fn secrets_are_hidden_before_anything_else_happens() {
        let text = "iscsi_target_mod:chap_server_compute_hash: [server] Got CHAP_R=0xcanary";
        let message = classify(None, text).unwrap();
        assert!(!message.text.contains("canary"), "{}", message.text);
    }

    #[test]
    fn a_line_about_something_else_is_left_out() {
        assert_eq!(classify(None, "usb 1-1: new high-speed USB device number 2"), None);
        assert_eq!(classify(None, "audit: type=1400 audit(1.2:3): apparmor=DENIED"), None);
    }
}
