//! Ready-made inert apps: what an unknown stalkerware family may look like from outside, and apps
//! that look like it and are not.
//!
//! All names are made up. None of these apps does anything on a device: see [`crate::dex`].

mod attached;
mod everyday;
mod families;
mod hard_benign;
mod ordinary;
mod references;
mod shapes;
mod stalkerware_like;

pub use everyday::{attached, everyday};
pub use families::{Half, families, shapes};
pub use hard_benign::{
    device_management_agent, hard_benign_automation, hard_benign_screen_reader,
    parental_control_visible,
};
pub use ordinary::{library_only, plain_game};
pub use stalkerware_like::unknown_stalkerware_like;

use unwatched_model::digest::{Sha1, Sha256};

use super::ApkBuilder;
use crate::signing::Signer;

/// A whole app with its signer, and what a phone that has it installed would say of it.
#[derive(Clone)]
pub struct GalleryApp {
    /// What it is called in the gallery.
    pub name: &'static str,
    /// The package name.
    pub package: String,
    /// The name under the icon.
    pub label: String,
    /// Hosts that its strings name; all under `.example`.
    pub hosts: Vec<String>,
    signer: Signer,
    builder: ApkBuilder,
}

impl GalleryApp {
    fn new(
        name: &'static str,
        label: &str,
        hosts: &[&str],
        signer: Signer,
        builder: ApkBuilder,
    ) -> Self {
        Self {
            name,
            package: builder.package.clone(),
            label: label.to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            builder: builder.signed_by(&signer),
            signer,
        }
    }

    /// The signed file.
    pub fn bytes(&self) -> Vec<u8> {
        self.builder.build()
    }

    /// The builder with everything set, signer included, to change or to damage.
    pub fn builder(&self) -> &ApkBuilder {
        &self.builder
    }

    /// Who signed it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The SHA-1 of its certificate, as lists of indicators name it.
    pub fn certificate_sha1(&self) -> Sha1 {
        self.signer.certificate_sha1()
    }

    /// The SHA-256 of its certificate.
    pub fn certificate_sha256(&self) -> Sha256 {
        self.signer.certificate_sha256()
    }
}

/// Every app of the gallery.
pub fn all(seed: u64) -> Vec<GalleryApp> {
    vec![
        unknown_stalkerware_like(seed),
        hard_benign_automation(),
        hard_benign_screen_reader(),
        parental_control_visible(),
        device_management_agent(),
        plain_game(),
        library_only(),
    ]
}

/// A class of the app's own, as a descriptor.
fn class_of(package: &str, name: &str) -> String {
    format!("L{}/{name};", package.replace('.', "/"))
}
