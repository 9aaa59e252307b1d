//! What an earlier release listed by mistake and is on this phone. It is no finding, and that it
//! is listed no longer says nothing of the app: only a case that is still open is concerned.

use unwatched_model::indicator::IndicatorKind;
use unwatched_model::recall::Recalled;

use super::signed::files_of;
use super::view::View;
use crate::Indicators;
use crate::facts::Facts;
use crate::result::RecallMet;

/// Every recall that concerns something on the phone, once.
pub(crate) fn met(facts: &Facts, indicators: &Indicators<'_>) -> Vec<RecallMet> {
    let mut met = Vec::new();
    if indicators.recalls.is_empty() {
        return met;
    }
    for (name, app) in &facts.apps {
        let app = View::new(facts, name, app);
        let values = values(&app);
        for recalled in indicators.recalls {
            if values.iter().any(|(kind, value)| is_of(recalled, *kind, value)) {
                let one = as_said(recalled, &app, indicators);
                if !met.contains(&one) {
                    met.push(one);
                }
            }
        }
    }
    met
}

/// What of an app a release can list.
fn values(app: &View<'_>) -> Vec<(IndicatorKind, String)> {
    let mut values = vec![(IndicatorKind::Package, app.name.to_owned())];
    for file in files_of(app.facts) {
        values.extend(file.sha256.map(|digest| (IndicatorKind::FileSha256, digest.to_string())));
        let Some(certificate) = &file.certificate else { continue };
        let sha1 = certificate.sha1.map(|digest| digest.to_string());
        let sha256 = certificate.sha256.map(|digest| digest.to_string());
        values.extend(sha1.map(|digest| (IndicatorKind::CertificateSha1, digest)));
        values.extend(sha256.map(|digest| (IndicatorKind::CertificateSha256, digest)));
        let organisations = certificate.organisations.iter().cloned();
        values.extend(organisations.map(|name| (IndicatorKind::CertificateOrganisation, name)));
    }
    values
}

fn is_of(recalled: &Recalled, kind: IndicatorKind, value: &str) -> bool {
    recalled.known_kind() == Some(kind)
        && kind.normalise(value).is_ok_and(|value| value == recalled.value)
}

/// An app whose name protects whoever carries the phone is not named here either.
fn as_said(recalled: &Recalled, app: &View<'_>, indicators: &Indicators<'_>) -> RecallMet {
    let name = |id: &str| {
        let families = indicators.set.families().iter();
        let known = families.clone().find(|family| family.id.as_str() == id);
        known.map_or(id, |family| family.name.as_str()).to_owned()
    };
    let is_named = !app.private;
    RecallMet {
        kind: recalled.kind.clone(),
        value: is_named.then(|| recalled.value.clone()),
        family: is_named.then(|| recalled.family.clone()),
        family_name: is_named.then(|| name(&recalled.family)),
        recalled: recalled.recalled,
        why: is_named.then(|| recalled.why.clone()),
        present: app.present,
    }
}
