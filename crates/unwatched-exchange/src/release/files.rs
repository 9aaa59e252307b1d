//! Every file of a release from the rows as they stand, as bytes. Nothing here signs or keeps.

use std::collections::HashMap;

use jiff::Timestamp;
use unwatched_formats::community::{self, CommunityFormat, Dataset};
use unwatched_formats::notice::notice;
use unwatched_formats::release::Attribution;
use unwatched_formats::stix::{self, StixFamily, StixIndicator};
use unwatched_model::family::FamilyId;
use unwatched_model::set::IndicatorSet;
use unwatched_store::{IndicatorRow, Recall, Store};

use super::compile::{self, Released};
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
}

impl Contents {
    /// Reads them.
    pub async fn read(store: &Store, now: Timestamp) -> anyhow::Result<Self> {
        let families = compile::released_families(store, now).await?;
        let sifted = sift(store, &families, now).await?;
        let recalls = recalls(&sifted.recalled);
        let dataset = listed::dataset(store, &families, &sifted.public, &recalls).await?;
        let attributions = attributions(&families, &sifted.public);
        Ok(Self { families, sifted, dataset, attributions })
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
    pub fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut files = vec![(INDICATORS, self.set().to_bytes())];
        let formats = CommunityFormat::ALL.into_iter();
        files.extend(formats.map(|f| (f.file_name(), community::render(f, &self.dataset))));
        files.push((STIX, self.stix()));
        files.push((NOTICE, self.notice().into_bytes()));
        files
    }

    /// One file by its name.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        match name {
            INDICATORS => Some(self.set().to_bytes()),
            STIX => Some(self.stix()),
            NOTICE => Some(self.notice().into_bytes()),
            _ => {
                let format = CommunityFormat::ALL.into_iter().find(|f| f.file_name() == name)?;
                Some(community::render(format, &self.dataset))
            }
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

/// Names of files that `export` knows.
pub fn names() -> Vec<&'static str> {
    let community = CommunityFormat::ALL.into_iter().map(CommunityFormat::file_name);
    community.chain([STIX, INDICATORS, NOTICE]).collect()
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
