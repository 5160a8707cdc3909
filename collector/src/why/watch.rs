use super::{Engine, engine::Sink};
use crate::model::{Model, Record};
use crate::source::Event;

/// Takes one event of a capture or recording through the model into the engine.
pub fn watch(engine: &mut Engine, model: &mut Model, event: &Event<'_>, sink: &mut impl Sink) {
    if let Event::Segment { stamp, ends, direction, segment } = *event {
        engine.segment(segment, ends, direction, stamp, sink);
        return;
    }
    model.observe(event, &mut |record: &Record<'_>| engine.observe(record, sink));
}
