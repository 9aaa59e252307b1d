//! Every file of a release from the rows as they stand, as bytes. Nothing here signs or keeps.

use std::collections::HashMap;

use jiff::Timestamp;
use unwatched_formats::community::{self, CommunityFormat, Dataset};
use unwatched_formats::feed::{Feed, misp};
use unwatched_formats::notice::notice;
use unwatched_formats::release::{Attribution, SharedValue};
use unwatched_formats::stix::{self, StixFamily, StixIndicator};
use unwatched_model::family::FamilyId;
use unwatched_model::set::IndicatorSet;
use unwatched_store::{IndicatorRow, Recall, Store};

use super::compile::{self, Released};
use super::rendered::{self, Rendering};
use super::shared::Shared;
use super::sift::{Sifted, recalls, sift};
use super::{INDICATORS, NOTICE};
use crate::community as listed;

/// The STIX file's name.
pub const STIX: &str = "stalkerware.stix2";

/// The licence of everything released.
pub const LICENCE: &str = "CC-BY-4.0";

/// The rows that a release is made of.
pub struct Contents {
    families: Vec<Released>,
    sifted: Sifted,
    dataset: Dataset,
    attributions: Vec<Attribution>,
    rendering: Rendering,
}

impl Contents {
    /// Reads them.
    pub async fn read(store: &Store, now: Timestamp) -> anyhow::Result<Self> {
        let families = compile::released_families(store, now).await?;
        let sifted = sift(store, &families, now).await?;
        let recalls = recalls(&sifted.recalled);
        let dataset = listed::dataset(store, &families, &sifted.public, &recalls).await?;
        let attributions = attributions(&families, &sifted.public);
        let rendering = Rendering::read(store, &sifted, now).await?;
        Ok(Self { families, sifted, dataset, attributions, rendering })
    }

    /// The address that the files are served from, where it is known.
    #[must_use]
    pub fn served_at(mut self, public_url: Option<&str>) -> Self {
        self.rendering.served_at(public_url);
        self
    }

    /// The number that these contents have in what they say of themselves.
    pub fn sequence(&self) -> u64 {
        self.rendering.sequence()
    }

    /// Values on shared infrastructure.
    pub fn shared(&self) -> &Shared {
        self.rendering.shared()
    }

    /// What the index warns of.
    pub fn warnings(&self) -> Vec<SharedValue> {
        self.rendering.warnings()
    }

    /// Whether there is nothing to release.
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    /// Recalls that stand.
    pub fn recalled(&self) -> &[Recall] {
        &self.sifted.recalled
    }

    /// Whose material it holds.
    pub fn attributions(&self) -> &[Attribution] {
        &self.attributions
    }

    /// The compiled set.
    pub fn set(&self) -> IndicatorSet {
        compile::public_set(&self.families, &self.sifted.public)
    }

    /// Every file but the index, its signature and the bundle.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![(INDICATORS.to_owned(), self.set().to_bytes())];
        let formats = CommunityFormat::ALL.into_iter();
        files.extend(
            formats.map(|f| (f.file_name().to_owned(), community::render(f, &self.dataset))),
        );
        files.push((STIX.to_owned(), self.stix()));
        files.push((NOTICE.to_owned(), self.notice().into_bytes()));
        let feed = self.feed();
        files.extend(rendered::names().into_iter().filter_map(|name| {
            let bytes = self.rendering.file(&feed, &name)?;
            Some((name, bytes))
        }));
        files.extend(self.rendering.misp(&feed));
        files
    }

    /// Every row once per family, kind, value and role, as the files that are ours say it.
    fn feed(&self) -> Feed<'_> {
        self.rendering.feed(&self.families, &self.sifted.public, &self.attributions)
    }

    /// One file by its name.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        match name {
            INDICATORS => Some(self.set().to_bytes()),
            STIX => Some(self.stix()),
            NOTICE => Some(self.notice().into_bytes()),
            _ if misp::is_of_feed(name) => {
                let files = self.rendering.misp(&self.feed());
                files.into_iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes)
            }
            _ => match CommunityFormat::ALL.into_iter().find(|f| f.file_name() == name) {
                Some(format) => Some(community::render(format, &self.dataset)),
                None => self.rendering.file(&self.feed(), name),
            },
        }
    }

    /// Licence and attribution.
    pub fn notice(&self) -> String {
        notice(LICENCE, &self.attributions)
    }

    fn stix(&self) -> Vec<u8> {
        let mut rows: HashMap<&FamilyId, Vec<StixIndicator<'_>>> = HashMap::new();
        for row in &self.sifted.public {
            let indicator = StixIndicator { indicator: &row.indicator, added: row.added_at };
            rows.entry(&row.indicator.family).or_default().push(indicator);
        }
        let by_family = self.families.iter().map(|family| {
            let indicators = rows.remove(&family.row.family.id).unwrap_or_default();
            let modified = indicators.iter().map(|indicator| indicator.added).max();
            (family, modified.unwrap_or(family.row.added_at), indicators)
        });
        let by_family: Vec<_> = by_family.collect();
        let families: Vec<_> = by_family
            .iter()
            .map(|(family, modified, indicators)| StixFamily {
                family: &family.row.family,
                class: family.class,
                judged: family.judged,
                attributed: &family.row.attributed,
                created: family.row.added_at,
                modified: *modified,
                indicators,
            })
            .collect();
        let bundle = stix::mvt_bundle(&families);
        if !bundle.left_out.is_empty() {
            tracing::info!(
                count = bundle.left_out.len(),
                "indicators that STIX for MVT cannot say"
            );
        }
        bundle.bytes
    }
}

/// Names of files that `export` knows; an event of the MISP feed is named by its family's.
pub fn names() -> Vec<String> {
    let community = CommunityFormat::ALL.into_iter().map(CommunityFormat::file_name);
    let known = community.chain([STIX, INDICATORS, NOTICE, misp::MANIFEST, misp::HASHES]);
    known.map(str::to_owned).chain(rendered::names()).collect()
}

fn attributions(families: &[Released], indicators: &[IndicatorRow]) -> Vec<Attribution> {
    let is_listed = |source: &str| source.starts_with(listed::SOURCE);
    let from_community = families
        .iter()
        .flat_map(|family| &family.row.attributed)
        .any(|attributed| is_listed(&attributed.source));
    let from_partners = indicators.iter().any(|row: &IndicatorRow| row.by.is_some());
    let community = from_community.then(|| Attribution {
        source: listed::SOURCE.to_owned(),
        by: "Echap and contributors".to_owned(),
        licence: LICENCE.to_owned(),
        url: Some("https://github.com/AssoEchap/stalkerware-indicators".to_owned()),
        changes: Some(
            "rendered again from rows; families judged by the coalition stand under its verdict, \
             and indicators added by its partners stand behind those listed"
                .to_owned(),
        ),
    });
    let partners = from_partners.then(|| Attribution {
        source: "indicators added by partners".to_owned(),
        by: "the partners of this exchange".to_owned(),
        licence: LICENCE.to_owned(),
        url: None,
        changes: None,
    });
    community.into_iter().chain(partners).collect()
}
