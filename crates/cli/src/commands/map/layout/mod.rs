//! Where everything stands in a picture. Our own layout: integers only, so that the same map gives the same picture
//! everywhere.
//!
//! 1. [`graph`]: which port of which room each line leads to.
//! 2. [`plan`]: from the outside in, which rooms stand above which, and in which order ([`layers`], [`blocks`]).
//! 3. [`build`]: from the inside out, how large each room is, where it stands ([`columns`]) and how the lines run between
//!    ([`channel`]).

mod blocks;
mod build;
mod channel;
mod columns;
mod contents;
mod drawing;
mod graph;
mod grid;
mod layers;
mod measure;
mod plan;
mod shelf;
mod stack;
#[cfg(test)]
mod tests;
mod tile;
mod walls;

pub(super) use self::contents::{Detail, Line, LineStyle, SIGN_GAP, height, sign};
pub(super) use self::drawing::{Drawing, Point, Rect, RoomShape, TabShape, TabStyle, Wire};

use insula_engine::map::Map;

use super::captions::Captions;

/// The picture of a map.
pub(super) fn draw(map: &Map, captions: &Captions) -> Drawing {
    let graph = graph::Graph::of(map, captions);
    let plan = plan::Plan::of(&graph);
    build::build(&graph, &plan)
}

/// The width of a text in the font of data, and of notes.
pub(super) fn data_width(text: &str) -> i32 {
    measure::width(text, measure::Font::Data)
}

pub(super) fn note_width(text: &str) -> i32 {
    measure::width(text, measure::Font::Note)
}
