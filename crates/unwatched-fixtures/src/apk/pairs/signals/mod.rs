//! For every way to every signal of `catalogue/observable.toml` an app whose code goes it, and one
//! that nearly does: a class that is not declared, a call of the same name, something that moves on
//! the screen, a library that does it.

mod broadcasts;
mod callbacks;
mod intervals;
mod lines;

use super::{SERVICE, Sketch, UPLOAD, visible};
use crate::apk::ApkBuilder;

const ON_RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
const BOOT: &str = "android.intent.action.BOOT_COMPLETED";

/// One way's two apps.
pub struct SignalPair {
    /// The signal's id.
    pub signal: &'static str,
    /// The way's name.
    pub way: &'static str,
    /// Goes this way and no other one to the signal.
    pub has: ApkBuilder,
    /// Nearly does.
    pub near: ApkBuilder,
    /// What the near miss is.
    pub near_is: &'static str,
}

/// Every way's pair.
pub fn signals() -> Vec<SignalPair> {
    [callbacks::pairs(), intervals::pairs(), lines::pairs(), broadcasts::pairs()]
        .into_iter()
        .flatten()
        .collect()
}

/// The app may use the network, and sends.
fn reporting(sketch: &Sketch) -> ApkBuilder {
    sketch.clone().asks(&["INTERNET"]).class("Report").calls(UPLOAD).apk()
}

/// The pairs of one signal.
struct Of(&'static str);

impl Of {
    fn way(
        &self,
        way: &'static str,
        has: &Sketch,
        near: &Sketch,
        near_is: &'static str,
    ) -> SignalPair {
        SignalPair { signal: self.0, way, has: reporting(has), near: reporting(near), near_is }
    }
}

/// A service of the app's own, which the next words are about.
fn service(name: &str) -> Sketch {
    visible(name)
        .declares(crate::apk::Component::service(".Worker"))
        .class("Worker")
        .extends(SERVICE)
}

/// The activity that is opened, which the next words are about.
fn screen(name: &str) -> Sketch {
    visible(name).class("MainActivity")
}
