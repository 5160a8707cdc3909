//! Models from recorded captures, and what they look like.

mod behaviour;
mod machine;
mod random;
mod views;

use std::fs::File;

use iscsi_collector::source::CaptureSource;
use iscsi_collector::stats::Watch;
use iscsi_tests::capture;

use crate::config::Config;
use crate::message::Message;
use crate::model::Model;
use crate::model::status::{Kind, Position, Status};
use crate::theme::Theme;
use crate::update::update;

pub const THEME: Theme = Theme { colour: true, unicode: true };

/// A model that knows nothing.
pub fn empty(size: (u16, u16)) -> Model {
    let status = Status::new(Kind::File("nothing.pcap".to_owned()));
    Model::new(status, THEME, size, &Config::default())
}

/// A model at the end of a capture.
pub fn of_capture(name: &str, size: (u16, u16)) -> Model {
    let mut source = CaptureSource::new(File::open(capture(name)).unwrap(), &[]).unwrap();
    source.show_segments();
    let mut watch = Watch::default();
    while source.step(&mut |event| watch.observe(&event)).unwrap().is_continue() {}
    let totals = source.finish(&mut |event| watch.observe(&event));
    watch.finish(totals.last);
    let mut model = empty(size);
    model.status.kind = Kind::File(name.to_owned());
    update(&mut model, Message::Facts(watch.batch(totals.last.time)));
    let position = Position {
        time: totals.last.time,
        first: totals.first.unwrap_or_default(),
        part: Some(1000),
        ended: true,
        playing: true,
        speed: 1.0,
    };
    update(&mut model, Message::Position(position));
    model
}
