//! A drawing in Android's binary XML: whether anything of it is seen, and which other pictures it
//! is made of. Strokes outside of the picture and under others are not told apart from the rest.

use crate::axml::{Document, Element, Value};

/// What is fainter than this cannot be seen.
const FAINT: u32 = 12;
/// No drawing nests deeper; a hostile one does.
const MAX_ABOVE: usize = 16;
/// Resources of Android itself have this package.
const PLATFORM: u32 = 0x01;
/// `@android:color/transparent`.
const PLATFORM_TRANSPARENT: u32 = 0x0106_000d;

/// What a drawing shows by itself, and what else it shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Whether something of its own is seen.
    pub(crate) shows: bool,
    /// Other pictures and colours, the upper ones later.
    pub(crate) layers: Vec<u32>,
    /// Whether it is of a kind of which all parts are known.
    pub(crate) known: bool,
}

/// Reads what a drawing shows; `colour` tells the colour that a resource stands for.
pub(crate) fn read(document: &Document, colour: impl Fn(u32) -> Option<u32>) -> Drawing {
    let root = document.elements.first().map(|root| &*root.name).unwrap_or_default();
    let mut drawing = Drawing { known: is_known(root), ..Drawing::default() };
    for element in &document.elements {
        if is_unseen(document, element) {
            continue;
        }
        let paints: &[(&str, &str)] = match &*element.name {
            "path" if has_line(element) => {
                &[("fillColor", "fillAlpha"), ("strokeColor", "strokeAlpha")]
            }
            "solid" | "stroke" | "color" | "item" => &[("color", "alpha")],
            "gradient" => &[("startColor", ""), ("centerColor", ""), ("endColor", "")],
            _ => &[],
        };
        for (name, opacity) in paints {
            if is_faint(element.attribute(opacity)) {
                continue;
            }
            match element.attribute(name).map(|held| paint(held, &colour)) {
                Some(Paint::Seen) => drawing.shows = true,
                Some(Paint::By(id)) => drawing.layers.push(id),
                Some(Paint::Unseen) | None => {}
            }
        }
        let picture = element.attribute("drawable").or_else(|| element.attribute("src"));
        if let Some(Value::Resource(id)) = picture {
            drawing.layers.push(*id);
        }
    }
    drawing
}

/// Whether the opacity of a colour is too little to be seen.
pub(crate) fn is_transparent(colour: u32) -> bool {
    colour >> 24 < FAINT
}

enum Paint {
    Seen,
    Unseen,
    /// By another resource, which is no plain colour: a gradient, colours by state.
    By(u32),
}

fn paint(held: &Value, colour: impl Fn(u32) -> Option<u32>) -> Paint {
    let of = |colour| if is_transparent(colour) { Paint::Unseen } else { Paint::Seen };
    match held {
        Value::Colour(held) => of(*held),
        Value::Text(text) => of(written(text).unwrap_or(u32::MAX)),
        Value::Resource(PLATFORM_TRANSPARENT) => Paint::Unseen,
        Value::Resource(id) if id >> 24 == PLATFORM => Paint::Seen,
        Value::Resource(id) => colour(*id).map_or(Paint::By(*id), of),
        Value::Number(number) => of(*number),
        Value::Flag(_) | Value::Fraction(_) | Value::Other => Paint::Seen,
    }
}

/// A colour as people write it: `#rgb`, `#argb`, `#rrggbb`, `#aarrggbb`.
fn written(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        8 => Some(number),
        4 => Some((number >> 12) * 0x1100_0000),
        3 | 6 => Some(u32::MAX),
        _ => None,
    }
}

/// Whether it, or what it stands in, is made see-through, or small until nothing is left.
fn is_unseen(document: &Document, element: &Element) -> bool {
    let parent = |one: &&Element| one.parent.and_then(|place| document.elements.get(place));
    let mut above = std::iter::successors(Some(element), parent).take(MAX_ABOVE);
    above.any(|one| {
        let is_nothing = |name: &str| one.attribute(name).and_then(number) == Some(0.0);
        let tint = one.attribute("tint");
        is_faint(one.attribute("alpha"))
            || is_nothing("scaleX")
            || is_nothing("scaleY")
            || matches!(tint, Some(Value::Colour(tint)) if is_transparent(*tint))
            // Shown only where somebody wants all icons in one colour.
            || &*one.name == "monochrome"
    })
}

/// Between nothing and all; `false` for what is not told.
#[expect(clippy::cast_precision_loss, reason = "it is a small number")]
fn is_faint(opacity: Option<&Value>) -> bool {
    opacity.and_then(number).is_some_and(|part| part * 255.0 < FAINT as f32)
}

#[expect(clippy::cast_precision_loss, reason = "nobody asks for large numbers")]
fn number(held: &Value) -> Option<f32> {
    match held {
        Value::Fraction(number) => Some(*number),
        Value::Number(number) => Some(number.cast_signed() as f32),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Whether a path goes anywhere: `M0,0` and `M0,0h0v0z` do not.
fn has_line(path: &Element) -> bool {
    match path.attribute("pathData") {
        Some(Value::Text(data)) => {
            let numbers = data.split(|c: char| !(c.is_ascii_digit() || c == '.'));
            let mut numbers = numbers.filter(|number| !number.is_empty()).skip(2);
            numbers.any(|number| number.contains(|c: char| ('1'..='9').contains(&c)))
        }
        Some(_) => true,
        None => false,
    }
}

fn is_known(root: &str) -> bool {
    const KNOWN: [&str; 19] = [
        "adaptive-icon",
        "animated-rotate",
        "animated-vector",
        "animation-list",
        "bitmap",
        "clip",
        "color",
        "gradient",
        "inset",
        "layer-list",
        "level-list",
        "nine-patch",
        "ripple",
        "rotate",
        "scale",
        "selector",
        "shape",
        "transition",
        "vector",
    ];
    KNOWN.contains(&root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_they_are_written() {
        for (text, transparent) in [
            ("#00000000", true),
            ("#0fff", true),
            ("#05ffffff", true),
            ("#8fff", false),
            ("#fff", false),
            ("#000000", false),
            ("#ff00ff00", false),
        ] {
            let read = written(text).map(is_transparent);
            assert_eq!(read, Some(transparent), "{text}");
        }
        assert_eq!(written("red"), None);
    }
}
