//! One program at its place. The only file that knows how that is done, so that fentry can come later.

use aya::programs::kprobe::KProbeLinkId;
use aya::programs::raw_trace_point::RawTracePointLinkId;
use aya::programs::trace_point::TracePointLinkId;
use aya::programs::{Program, ProgramError};

use crate::kernel::probes::Point;

/// A program that is attached.
pub enum Link {
    Function(KProbeLinkId),
    Tracepoint(TracePointLinkId),
    RawTracepoint(RawTracePointLinkId),
}

/// Verifies a program in the kernel.
pub fn load(program: &mut Program) -> Result<(), ProgramError> {
    let result = match program {
        Program::KProbe(program) => program.load(),
        Program::TracePoint(program) => program.load(),
        Program::RawTracePoint(program) => program.load(),
        _ => Err(ProgramError::UnexpectedProgramType),
    };
    match result {
        // From an earlier time its module was there.
        Err(ProgramError::AlreadyLoaded) => Ok(()),
        result => result,
    }
}

/// Puts a loaded program at its place.
pub fn attach(program: &mut Program, point: &Point) -> Result<Link, ProgramError> {
    match (program, *point) {
        (
            Program::KProbe(program),
            Point::Entry { function, .. } | Point::Return { function, .. },
        ) => program.attach(function, 0).map(Link::Function),
        (Program::TracePoint(program), Point::Tracepoint { category, name, .. }) => {
            program.attach(category, name).map(Link::Tracepoint)
        }
        (Program::RawTracePoint(program), Point::RawTracepoint { name, .. }) => {
            program.attach(name).map(Link::RawTracepoint)
        }
        _ => Err(ProgramError::UnexpectedProgramType),
    }
}

/// Takes it away again. That its place is gone already is no error.
pub fn detach(program: &mut Program, link: Link) {
    let _ = match (program, link) {
        (Program::KProbe(program), Link::Function(link)) => program.detach(link),
        (Program::TracePoint(program), Link::Tracepoint(link)) => program.detach(link),
        (Program::RawTracePoint(program), Link::RawTracepoint(link)) => program.detach(link),
        _ => Ok(()),
    };
}
