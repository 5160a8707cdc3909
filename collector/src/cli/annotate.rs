use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use super::{Exit, Failure, Format, Look, bundled};
use crate::annotate::{Annotator, Output, feed};

/// Explain a kernel or iscsid log line by line and join what belongs together into incidents.
///
/// Reads dmesg, journalctl (short, iso, full, unix, monotonic, cat, verbose, export and json formats) and
/// syslog; a live log works too: dmesg -w | iscsi-trace annotate. Lines that are not about iSCSI pass as
/// they are; every line added begins with four blanks and a box stroke.
#[derive(Debug, clap::Args)]
pub struct Annotate {
    /// Logs to read; - or nothing is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Annotate the logs of a bug-report bundle
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    bundle: Option<PathBuf>,

    /// Print only the incidents, not the log
    #[arg(long)]
    incidents: bool,

    /// How to print: text, or JSON Lines with one object per recognised line and per incident
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// How long a live log is silent before its clock is taken to have gone on.
const SILENCE: Duration = Duration::from_secs(1);

impl Annotate {
    pub fn run(self) -> anyhow::Result<Exit> {
        let stdout = io::stdout().lock();
        let colour = Look::of_stdout().colour;
        let output = match (self.output, self.incidents) {
            (Format::Text, false) => Output::Text { colour },
            (Format::Text, true) => Output::Incidents { colour },
            (Format::Json, false) => Output::Json,
            (Format::Json, true) => Output::JsonIncidents,
        };
        let mut annotator = Annotator::new(BufWriter::new(stdout), output);
        if let Some(path) = &self.bundle {
            let bundle = bundled::open(path)?;
            let Some(log) = bundle.log() else {
                let message = format!("{} has no logs; its MANIFEST.json says why", path.display());
                return Err(Failure::damaged(message).into());
            };
            log.split_inclusive('\n').try_for_each(|line| annotator.line(line.as_bytes()))?;
            annotator.finish()?;
            return Ok(Exit::Done);
        }
        let stdin = [PathBuf::from("-")];
        let files = if self.files.is_empty() { &stdin[..] } else { &self.files };
        for file in files {
            annotate(&mut annotator, file)?;
        }
        Ok(Exit::Done)
    }
}

fn annotate(annotator: &mut Annotator<impl Write>, path: &Path) -> anyhow::Result<()> {
    let feed = feed(open(path)?)?;
    let mut last = Instant::now();
    loop {
        match feed.recv_timeout(SILENCE) {
            Ok(Ok(lines)) => {
                for line in lines.split_inclusive(|byte| *byte == b'\n') {
                    annotator.line(line)?;
                }
                last = Instant::now();
            }
            Ok(Err(error)) => {
                annotator.finish()?;
                let shown = path.display();
                return Err(Failure::damaged(format!(
                    "{shown}: cannot read on: {error}; what could be read is printed"
                ))
                .into());
            }
            Err(RecvTimeoutError::Timeout) => annotator.quiet(last.elapsed())?,
            Err(RecvTimeoutError::Disconnected) => return Ok(annotator.finish()?),
        }
        // A chunk is what one read brought: a live log's line is seen at once.
        annotator.flush()?;
    }
}

fn open(path: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if path == Path::new("-") {
        if io::stdin().is_terminal() {
            eprintln!("reading a log from the terminal; usually: dmesg | iscsi-trace annotate");
        }
        return Ok(Box::new(io::stdin()));
    }
    let shown = path.display();
    let file = File::open(path).map_err(|error| {
        Failure::damaged(format!(
            "cannot open {shown}: {error}; give a log file, or - for standard input"
        ))
    })?;
    Ok(Box::new(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/logs/08-ping-timeout.txt");

    fn run(path: &str, output: Output) -> (String, Option<Exit>) {
        let mut out = Vec::new();
        let result = annotate(&mut Annotator::new(&mut out, output), Path::new(path));
        let exit = result.err().and_then(|error| error.downcast_ref().map(|f: &Failure| f.exit));
        (String::from_utf8(out).unwrap(), exit)
    }

    #[test]
    fn a_missing_file_ends_with_exit_code_3_and_prints_nothing() {
        assert_eq!(run("/does/not/exist", Output::Json), (String::new(), Some(Exit::Damaged)));
    }

    #[test]
    fn what_is_a_directory_is_said_to_be_unreadable() {
        assert_eq!(run(env!("CARGO_MANIFEST_DIR"), Output::Json).1, Some(Exit::Damaged));
    }

    #[test]
    fn incidents_alone_leave_the_log_out() {
        let (out, exit) = run(LOG, Output::Incidents { colour: false });
        assert_eq!(exit, None);
        assert!(out.starts_with("    ┌ Incident 1: session 9"), "{out}");
        assert!(!out.contains("scsi host0"));
    }
}
