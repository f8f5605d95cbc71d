//! Divides the room below the header for Explore.

use super::super::layout::Area;
use super::Side;

/// From this many columns on, events and values stand side by side.
const WIDE: u16 = 120;

/// Rows of the values below the events, their heading included, and while they have the keys.
const VALUES: (u16, u16) = (6, 11);

/// The places of Explore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Places {
    /// The question; while it is typed, its error or a hint below.
    pub question: Area,
    /// The number of events, and the progress of the search.
    pub status: Area,
    /// Everything that the search could not cover.
    pub gaps: Area,
    /// The counts over time; of no height where there is no room.
    pub bars: Area,
    /// The stretch of time that the counts cover.
    pub axis: Area,
    /// The events, their heading in the first row.
    pub events: Area,
    /// The values, their heading in the first row.
    pub values: Area,
}

impl Places {
    /// Divides `body`. `question` and `gaps` are the rows that they need.
    #[must_use]
    pub fn of(body: Area, question: u16, gaps: u16, side: Side) -> Self {
        let mut left = body;
        let mut take = |height: u16| {
            let height = height.min(left.height);
            let area = Area { height, ..left };
            left = Area { y: left.y + height, height: left.height - height, ..left };
            area
        };
        let question = take(question);
        let status = take(1);
        let gaps = take(gaps.min((body.height / 4).max(1)));
        let bars = take(match body.height {
            ..=11 => 0,
            12..=17 => 2,
            18..=29 => 3,
            _ => 5,
        });
        let axis = take(u16::from(bars.height > 0));
        let (events, values) = if body.width >= WIDE {
            let values = (body.width / 3).clamp(40, 60);
            let events = Area { width: body.width - values - 2, ..left };
            (events, Area { x: events.x + events.width + 2, width: values, ..left })
        } else {
            let wanted = if side == Side::Values { VALUES.1 } else { VALUES.0 };
            // Two rows at least for the events; without room for both, the side that has the keys has it all.
            let values = match (left.height, side) {
                (..=7, Side::Values) => left.height,
                (..=7, Side::Events) => 0,
                (height, _) => wanted.min(height / 2),
            };
            let events = Area { height: left.height - values, ..left };
            (events, Area { y: left.y + events.height, height: values, ..left })
        };
        Self { question, status, gaps, bars, axis, events, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_place_lies_in_the_body_and_none_overlap(
            width in 40u16..320, height in 0u16..100, question in 1u16..4, gaps in 0u16..5, values: bool,
        ) {
            let side = if values { Side::Values } else { Side::Events };
            let body = Area { x: 0, y: 2, width, height };
            let p = Places::of(body, question, gaps, side);
            let mut taken = vec![false; usize::from(width) * usize::from(height)];
            for a in [p.question, p.status, p.gaps, p.bars, p.axis, p.events, p.values] {
                proptest::prop_assert!(a.height == 0 || (a.x + a.width <= width && a.y >= 2 && a.y + a.height <= 2 + height));
                for y in a.y..a.y + a.height {
                    for x in a.x..a.x + a.width {
                        let cell = &mut taken[usize::from(y - 2) * usize::from(width) + usize::from(x)];
                        proptest::prop_assert!(!*cell);
                        *cell = true;
                    }
                }
            }
            let mine = if values { p.values } else { p.events };
            proptest::prop_assert!(height < 8 || mine.height >= 2, "{p:?}");
        }
    }
}
