//! `cargo xtask bench`: what decoding costs, next to tshark and next to reading the file, in one run.

mod bundle;
mod measure;
mod packet;
mod random;
mod report;
mod script;
mod session;
mod sysfs;
mod tcp;
mod top;
mod traffic;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;
use report::{Report, Row};
use session::Load;
use traffic::{Generated, Recipe};

use crate::{repo, run, setup};

/// Measure decoding of generated captures against the targets, tshark and reading the file
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Runs of each command; the least disturbed counts
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Measure this alone
    #[arg(long, value_name = "PART")]
    only: Option<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Decoding captures, next to tshark and to reading the file
    Decode,
    /// Listing ten thousand sessions
    Sessions,
    /// A bug-report bundle of a thousand sessions
    Bundle,
    /// iscsitop with a thousand busy sessions and with ten thousand idle ones
    Top,
}

const GB: u64 = 1_000_000_000;
const MB: u64 = 1_000_000;

/// Changes when what is generated changes, so that captures of an older generator are not measured.
const GENERATION: &str = "2";

const BLOCKS: Load = Load {
    sizes: &[4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144],
    writes_one_in: 3,
    digests: false,
};
const SMALL: Load = Load { sizes: &[0, 0, 512, 512, 1024, 4096], writes_one_in: 4, digests: false };

/// What is decoded alone, and what next to tshark.
const LARGE: Recipe =
    Recipe { name: "blocks", load: BLOCKS, sessions: 4, bytes: GB, packets_and_pdus: 0 };
const DIGESTS: Recipe = Recipe { name: "digests", load: Load { digests: true, ..BLOCKS }, ..LARGE };
const MANY: Recipe =
    Recipe { name: "small", load: SMALL, bytes: 0, packets_and_pdus: 1_000_000, ..LARGE };
/// What iscsitop plays.
const SESSIONS: Recipe =
    Recipe { name: "sessions", sessions: 1000, packets_and_pdus: 2_000_000, ..MANY };
const LARGE_SLICE: Recipe = Recipe { name: "blocks-slice", bytes: 100 * MB, ..LARGE };
const MANY_SLICE: Recipe =
    Recipe { name: "small-slice", bytes: 100 * MB, packets_and_pdus: 0, ..MANY };
/// Small enough to count in.
const CHECKED: [Recipe; 2] = [
    Recipe { name: "blocks-check", bytes: 20 * MB, ..LARGE },
    Recipe { name: "small-check", bytes: 20 * MB, packets_and_pdus: 0, ..MANY },
];

const SUMMARY: &[&str] = &["decode", "--summary"];
const JSON: &[&str] = &["decode", "--output", "json"];
const SERVICE_TIMES: &[&str] = &["-n", "-q", "-z", "scsi,srt,0", "-r"];
/// What our JSON has of every PDU, as far as tshark has it.
const FIELDS: &[&str] = &[
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "tcp.srcport",
    "ip.dst",
    "tcp.dstport",
    "iscsi.opcode",
    "iscsi.I",
    "iscsi.datasegmentlength",
    "iscsi.initiatortasktag",
    "iscsi.targettransfertag",
    "scsi.lun",
    "iscsi.cmdsn",
    "iscsi.expstatsn",
    "iscsi.statsn",
    "iscsi.expcmdsn",
    "iscsi.maxcmdsn",
    "iscsi.datasn",
    "iscsi.r2tsn",
    "iscsi.bufferOffset",
    "iscsi.scsicommand.expecteddatatransferlength",
    "iscsi.scsiresponse.status",
    "iscsi.request_frame",
    "iscsi.time",
];

impl Bench {
    pub fn run(self) -> anyhow::Result<()> {
        setup::install(setup::BENCH)?;
        let mut build = Command::new("cargo");
        build.args([
            "build",
            "--release",
            "--locked",
            "--package",
            "iscsi-collector",
            "--package",
            "iscsi-tui",
        ]);
        run::step("build iscsi-trace and iscsitop", build.current_dir(repo::root()))?;
        let folder = repo::root().join(".cache/bench").join(GENERATION);
        fs::create_dir_all(&folder)?;
        let release = repo::root().join("target/release");
        let ours = release.join("iscsi-trace");
        let wanted = |part| self.only.is_none_or(|only| only == part);
        if wanted(Part::Decode) {
            Programs { ours: ours.clone(), tshark: "tshark".into(), runs: self.runs }
                .measure(&folder)?;
        }
        if wanted(Part::Sessions) {
            sysfs::measure(&ours, self.runs)?;
        }
        if wanted(Part::Bundle) {
            bundle::measure(&ours, self.runs)?;
        }
        if wanted(Part::Top) {
            top::measure(&release.join("iscsitop"), &SESSIONS.make(&folder)?)?;
        }
        Ok(())
    }
}

struct Programs {
    ours: PathBuf,
    tshark: PathBuf,
    runs: u32,
}

impl Programs {
    /// Decodes what is generated, alone and next to tshark.
    fn measure(&self, folder: &Path) -> anyhow::Result<()> {
        eprintln!("\n==> captures");
        for recipe in CHECKED {
            self.check(&recipe.make(folder)?)?;
        }
        let make = |recipe: Recipe| recipe.make(folder);
        let alone = [make(LARGE)?, make(DIGESTS)?, make(MANY)?];
        let sliced = [make(LARGE_SLICE)?, make(MANY_SLICE)?];
        eprintln!("\n==> measure");
        let mut report = Report::default();
        for capture in &alone {
            // The first of these runs brings the file into memory, where all that follow find it.
            report.rows.push(self.reading(capture)?);
            report.rows.push(self.ours(capture, report::SUMMARY, SUMMARY)?);
            report.rows.push(self.ours(capture, report::JSON, JSON)?);
        }
        for capture in &sliced {
            report.rows.push(self.ours(capture, report::SUMMARY, SUMMARY)?);
            report.rows.push(self.tshark(capture, report::SERVICE_TIMES, SERVICE_TIMES)?);
            report.rows.push(self.ours(capture, report::JSON, JSON)?);
            let mut fields = vec!["-n", "-Y", "iscsi", "-T", "fields"];
            fields.extend(FIELDS.iter().flat_map(|field| ["-e", field]));
            fields.push("-r");
            report.rows.push(self.tshark(capture, report::FIELDS, &fields)?);
        }
        report.print()
    }

    fn reading(&self, on: &Generated) -> anyhow::Result<Row> {
        let from = format!("if={}", on.path.display());
        let arguments = ["of=/dev/null", "bs=1M", "status=none", &from];
        self.row(Path::new("dd"), on, report::READ, &arguments)
    }

    fn ours(&self, on: &Generated, what: &'static str, arguments: &[&str]) -> anyhow::Result<Row> {
        let path = on.path.display().to_string();
        self.row(&self.ours, on, what, &[arguments, &[&path]].concat())
    }

    fn tshark(
        &self,
        on: &Generated,
        what: &'static str,
        arguments: &[&str],
    ) -> anyhow::Result<Row> {
        let path = on.path.display().to_string();
        self.row(&self.tshark, on, what, &[arguments, &[&path]].concat())
    }

    fn row(
        &self,
        program: &Path,
        on: &Generated,
        what: &'static str,
        arguments: &[&str],
    ) -> anyhow::Result<Row> {
        eprintln!("    {} {what}", on.name);
        let cost = measure::command(program, arguments, self.runs)?;
        Ok(Row { capture: on.clone(), what, cost })
    }

    /// The generator, tshark and we count the same PDUs, and we find nothing wrong with the conversation.
    fn check(&self, capture: &Generated) -> anyhow::Result<()> {
        let path = capture.path.display().to_string();
        let opcodes = ["-n", "-Y", "iscsi", "-T", "fields", "-e", "iscsi.opcode", "-r", &path];
        let theirs = run::quiet(Command::new(&self.tshark).args(opcodes))?.stdout;
        let theirs = theirs.split(|byte| b",\n".contains(byte)).filter(|word| !word.is_empty());
        let ours = Command::new(&self.ours).args(JSON).args(["--filter", "pdu", &path]).output()?;
        let lines = ours.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let counts = [capture.pdus, theirs.count() as u64, lines.count() as u64];
        if counts != [capture.pdus; 3] {
            bail!("{path}: PDUs generated, seen by tshark and by us are {counts:?}");
        }
        run::quiet(Command::new(&self.ours).args(SUMMARY).args(["--strict", &path]))?;
        eprintln!(
            "    {}: {} PDUs for the generator, for tshark and for us",
            capture.name, capture.pdus
        );
        Ok(())
    }
}
