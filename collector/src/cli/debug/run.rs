use std::{
    ffi::OsString,
    io::{self, BufWriter, StdoutLock},
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use super::{
    super::{Exit, Failure, Format},
    child, command_line, loan_failure,
    set::{exit, interrupted, make},
    text,
    typed::{Ended, Typed},
    wish::Wanted,
    wish_failure,
};
use crate::{
    host::Roots,
    interrupt::{Interrupt, Second},
    knobs::{
        Loan, Purpose,
        plan::{Wish, plan},
        resolve::Survey,
        table::Table,
    },
    messages::{Classifier, Kmsg, Live, Printer, Stream, Totals},
};

/// Switch categories on while COMMAND runs or time passes, print what the kernel says, and give everything back.
///
/// Messages of the kernel log and of tracepoints and the typed events of the probes (those of `iscsi-trace live`, of
/// every initiator whatever --driver says) come in one order; what belongs to other categories is left out. COMMAND's
/// own output goes to standard error. Without COMMAND and --for it ends at Ctrl-C.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    wanted: Wanted,
    /// End after this long, e.g. 30s or 5m
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    limit: Option<Duration>,
    /// Only what the kernel says, without the typed events of `iscsi-trace live` between: starts at once
    #[arg(long)]
    messages_only: bool,
    /// How to print: lines for people or JSON Lines for programs
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// What to run meanwhile
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// How often the kernel is asked for news.
const PAUSE: Duration = Duration::from_millis(20);
/// How long messages may be on their way when the command has ended.
const SETTLE: Duration = Duration::from_millis(100);

type Out<'t> = Stream<'t, BufWriter<StdoutLock<'static>>>;

impl Run {
    pub fn run(self, roots: &Roots) -> anyhow::Result<Exit> {
        let table = Table::load()?;
        let wish = self.wanted.wish();
        let name = format!("iscsi-trace-{}", std::process::id());
        if self.wanted.dry_run {
            let survey = Survey::new(&table, roots);
            let plan = plan(&survey, roots, &wish, &name).map_err(|error| wish_failure(&error))?;
            text::dry_run(&plan);
            return Ok(exit(text::notes(&plan.notes)));
        }
        let interrupt = Interrupt::watch(Second::Waits)?;
        let purpose = Purpose { command: command_line(), lasting: false };
        let (mut loan, reset) =
            Loan::begin(roots, &purpose).map_err(|error| loan_failure(&error))?;
        reset.iter().for_each(text::earlier);
        let survey = Survey::new(&table, roots);
        let plan = plan(&survey, roots, &wish, &name).map_err(|error| wish_failure(&error))?;
        let mut trouble = text::notes(&plan.notes);

        let log = Kmsg::open(&roots.path("/dev/kmsg"))
            .map_err(|error| Failure::denied(format!("cannot read /dev/kmsg: {error}")))?;
        let printer = Printer::new(BufWriter::new(io::stdout().lock()), self.output);
        let (typed, live) = self.typed(&wish, &interrupt);
        let mut stream =
            Stream::new(roots, log, live, Classifier::new(&table), wish.categories, printer);
        trouble |= make(&mut loan, &plan, &interrupt);
        if interrupt.came() {
            return Ok(interrupted(loan));
        }
        eprintln!("iscsi-trace: switched on, for now; the settings are given back at the end");
        if let Some(instance) = &plan.instance {
            stream.open_trace(instance)?;
        }
        let watched = self.watch(&interrupt, &mut stream);
        let closed = stream.close_trace();
        trouble |= !text::given_back(&loan.give_back());
        let ended = typed.map(Typed::stop);
        let status = watched?;
        closed?;
        summary(stream.finish()?, status, ended.as_ref());
        Ok(exit(trouble))
    }

    /// The probes' events, unless they are not wanted or cannot be had.
    fn typed(&self, wish: &Wish, interrupt: &Interrupt) -> (Option<Typed>, Option<Live>) {
        if self.messages_only {
            return (None, None);
        }
        match Typed::start(wish.categories, wish.host, self.output, interrupt) {
            Ok((typed, live)) => (Some(typed), Some(live)),
            Err(why) => {
                eprintln!("iscsi-trace: only what the kernel says, no events of probes: {why}");
                (None, None)
            }
        }
    }

    /// Prints what comes until the command ends, the time is over or a signal comes.
    fn watch(
        &self,
        interrupt: &Interrupt,
        stream: &mut Out<'_>,
    ) -> anyhow::Result<Option<ExitStatus>> {
        let begin = Instant::now();
        let over = || self.limit.is_some_and(|limit| begin.elapsed() >= limit);
        let mut child = child::start(&self.command).map_err(|error| {
            let program = self.command.first().map(|name| name.to_string_lossy());
            Failure::damaged(format!("cannot run {}: {error}", program.unwrap_or_default()))
        })?;
        let mut status = None;
        while !interrupt.came() && !over() && status.is_none() {
            let result = stream.step();
            if let Some(child) = &mut child {
                status = child.try_wait()?;
                if result.is_err() {
                    child::end(child)?;
                }
            }
            result?;
            thread::sleep(PAUSE);
        }
        match (&mut child, status) {
            (Some(child), None) => status = Some(child::end(child)?),
            _ => thread::sleep(SETTLE),
        }
        Ok(status)
    }
}

fn summary(totals: Totals, status: Option<ExitStatus>, typed: Option<&Ended>) {
    let Totals { shown, others, lost_log, lost_trace } = totals;
    if let Some(status) = status.filter(|status| !status.success()) {
        eprintln!("iscsi-trace: the command ended with {status}");
    }
    eprintln!(
        "iscsi-trace: {shown} messages and events, {others} messages of other categories left out"
    );
    let lost_probes = typed.map_or(0, |ended| ended.lost);
    if lost_log + lost_trace + lost_probes > 0 {
        eprintln!(
            "iscsi-trace: lost {lost_trace} trace events, {lost_log} records of the kernel log and {lost_probes} \
             events of the probes: they came faster than they could be read; take fewer categories"
        );
    }
    if let Some(blind) = typed.map(|ended| ended.blind).filter(|blind| !blind.is_zero()) {
        let seconds = blind.as_secs_f64();
        eprintln!(
            "iscsi-trace: modules came, and not all of their probes were on for {seconds:.1} s"
        );
    }
    if let Some(problem) = typed.and_then(|ended| ended.problem.as_ref()) {
        eprintln!("iscsi-trace: events of the probes ended early: {problem}");
    }
}

/// `30s`, `5m`, `1h`, `250ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time; give seconds or minutes, as in 30s or 5m");
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let milliseconds = match unit {
        "ms" => Some(number),
        "s" | "" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => None,
    };
    milliseconds.map(Duration::from_millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "s", "5 apples", "99999999999999999999s", "18446744073709551615h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
