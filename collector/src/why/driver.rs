//! The model and the engine behind it, over the events of any source.

use std::io::Read;

use iscsi_decoders::capture::CaptureError;
use iscsi_decoders::stream::Stamp;

use super::{Change, Engine, Incident};
use crate::model::{Model, Record};
use crate::source::{CaptureSource, Event};

/// What a driver has to tell of an event.
#[derive(Debug)]
pub enum Told<'a, 'r> {
    /// What the model makes of it.
    Record(&'a Record<'r>),
    /// What the rules conclude from that.
    Incident(&'a Incident, Change),
}

impl Told<'_, '_> {
    /// The incident, for those who care for nothing else.
    pub fn incident(&self) -> Option<&Incident> {
        match self {
            Self::Record(_) => None,
            Self::Incident(incident, _) => Some(incident),
        }
    }
}

/// Drives both: whoever wants causes hands it the events of a source, in order, and its end.
#[derive(Debug, Default)]
pub struct Driver {
    model: Model,
    engine: Engine,
}

impl Driver {
    /// Takes one event.
    pub fn observe(&mut self, event: &Event<'_>, told: &mut impl FnMut(Told<'_, '_>)) {
        let Self { model, engine } = self;
        if let Event::Segment { stamp, ends, direction, segment } = *event {
            let mut tell =
                |incident: &Incident, change: Change| told(Told::Incident(incident, change));
            engine.segment(segment, ends, direction, stamp, &mut tell);
            return;
        }
        model.observe(event, &mut |record: &Record<'_>| take(engine, record, told));
    }

    /// The source ended at `last`: what is still open has no answer.
    pub fn finish(&mut self, last: Stamp, told: &mut impl FnMut(Told<'_, '_>)) {
        let Self { model, engine } = self;
        model.finish(last, &mut |record: &Record<'_>| take(engine, record, told));
        engine.finish(last, &mut |incident: &Incident, change: Change| {
            told(Told::Incident(incident, change));
        });
    }

    /// Takes a whole capture or recording; answers what damaged it. What comes before the damage counts.
    pub fn capture<R: Read>(
        &mut self,
        mut source: CaptureSource<R>,
        told: &mut impl FnMut(Told<'_, '_>),
    ) -> Option<CaptureError> {
        source.show_segments();
        let damage = loop {
            match source.step(&mut |event: Event<'_>| self.observe(&event, told)) {
                Ok(flow) if flow.is_continue() => {}
                Ok(_) => break None,
                Err(error) => break Some(error),
            }
        };
        let totals = source.finish(&mut |event: Event<'_>| self.observe(&event, told));
        self.finish(totals.last, told);
        damage
    }

    /// The model, with all connections and sessions so far.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

fn take(engine: &mut Engine, record: &Record<'_>, told: &mut impl FnMut(Told<'_, '_>)) {
    told(Told::Record(record));
    engine.observe(record, &mut |incident: &Incident, change: Change| {
        told(Told::Incident(incident, change));
    });
}
