//! A row's columns: their names, order and meaning, and how a row of texts becomes an [`Observation`] and
//! back. CSV, JSON and the catalogue all come through here, so that one word means one thing.
//!
//! Not here: files, encodings, rows; see `reading`.

use jiff::civil::Date;
use unwatched_model::family::FamilyId;
use unwatched_model::tlp::Tlp;

use crate::area::Area;
use crate::code_lists::{
    AreaAssignment, CheckResult, CollectionMode, ConfStatus, DenominatorKind, FamilyLevel,
    ObsStatus, Platform, closed_list,
};
use crate::observation::{
    ChangeOf, ClassDefinition, Coverage, Dedup, Denominator, Facet, FamilyScope, Method,
    Observation, RowId,
};
use crate::period::{Period, Zone, date};
use crate::provenance::Provenance;
use crate::value::{Number, Value};

/// No cell is longer: a locator is a place, not the text.
pub const MAX_CELL_BYTES: usize = 2_000;
/// CC BY 4.0, as SPDX writes it.
pub const DEFAULT_LICENCE: &str = "CC-BY-4.0";

closed_list! {
    /// A column of a row, in the order of the template.
    Column, "column" {
        /// The row's name within its source.
        Row = "row",
        /// Counts from 1; a correction has the next.
        Version = "version",
        /// Whose figures.
        Source = "source_id",
        /// Which of its series.
        Dataset = "dataset_id",
        /// Which release of the series.
        Release = "release_id",
        /// What is measured.
        Measure = "measure",
        /// What one of the count is.
        Unit = "unit_of_count",
        /// Within which time the same one counts once.
        DedupWindow = "dedup_window",
        /// By what the same one is known.
        DedupKey = "dedup_key",
        /// Whether one with two families counts once: y or n.
        DedupCrossFamily = "dedup_cross_family",
        /// Where one in two countries counts.
        DedupCrossCountry = "dedup_cross_country",
        /// `2019-01-01/2020-01-01`, the end not included.
        Period = "period",
        /// The calendar step that the period is.
        Granularity = "granularity",
        /// Where its days end.
        Timezone = "timezone",
        /// ISO 3166-1 alpha-2, or a group.
        RefArea = "ref_area",
        /// The version of a group's list.
        AreaVersion = "area_version",
        /// A group's countries, parted by spaces.
        AreaMembers = "area_members",
        /// How the area was known.
        AreaAssigned = "area_assigned_by",
        /// On what.
        Platform = "platform",
        /// On which major version.
        OsMajor = "os_major",
        /// The exchange's family.
        Family = "family",
        /// How narrowly the row names what was found.
        FamilyLevel = "family_level",
        /// The version of the exchange's names.
        NamingVersion = "naming_version",
        /// The partner's own name.
        FamilyVerbatim = "family_verbatim",
        /// Whose definition of the class.
        ClassOwner = "class_owner",
        /// Which version of it.
        ClassVersion = "class_version",
        /// Whether apps of two uses count: y or n.
        IncludesDualUse = "includes_dual_use",
        /// Whether parental control counts: y or n.
        IncludesParental = "includes_parental_control",
        /// Whether anti-theft counts: y or n.
        IncludesAntiTheft = "includes_anti_theft",
        /// The result of checks.
        CheckResult = "check_result",
        /// Who called a helpline.
        CallerType = "caller_type",
        /// Who was asked or counted.
        Population = "population",
        /// Among whom.
        Condition = "condition",
        /// The product that a test tried.
        Product = "product",
        /// The source's own class.
        PartnerClass = "partner_class",
        /// Of a published change: of which measure.
        ChangeOf = "change_of",
        /// Of a published change: against which days.
        ChangeFrom = "change_from",
        /// Of a published change: whether two single points were compared, y or n.
        ChangeEndpoints = "change_endpoints",
        /// The figure as published, without thousands marks.
        Value = "value",
        /// Where a text says "more than": the figure it names.
        ValueMin = "value_min",
        /// Where a text says "almost": the figure it names.
        ValueMax = "value_max",
        /// How many decimals were published; checked against the figure.
        Decimals = "decimals",
        /// What the base is.
        DenominatorKind = "denominator_kind",
        /// The base.
        Denominator = "denominator",
        /// Share of the area's devices that use the product, in percent.
        CoverageShare = "coverage_share",
        /// The latest independent test's rate, in percent.
        TestRate = "test_detection_rate",
        /// That test.
        TestId = "test_id",
        /// CL_OBS_STATUS 2.2.
        ObsStatus = "obs_status",
        /// CL_CONF_STATUS 1.2.
        ConfStatus = "conf_status",
        /// Why it is hidden.
        ConfReason = "conf_reason",
        /// How it came about, in words.
        Method = "method",
        /// Where that is described.
        MethodLink = "method_link",
        /// How it was collected.
        CollectionMode = "collection_mode",
        /// What changed in the method, and when.
        MethodChanges = "method_changes",
        /// On which legal basis it was collected.
        ConsentBasis = "consent_basis",
        /// The release's licence, as SPDX writes it.
        Licence = "licence",
        /// How far it may travel until published.
        Tlp = "tlp",
        /// `partner_submission` or `transcribed`.
        Provenance = "provenance",
        /// Which key signed a submission.
        SignedBy = "signed_by",
        /// What a transcribed figure stands in.
        Citation = "citation",
        /// When it was read.
        Retrieved = "retrieved",
        /// Page, table, paragraph.
        Locator = "locator",
        /// Where the original was not seen: what quotes it.
        AsQuotedIn = "as_quoted_in",
    }
}

/// Every column, in the order of the template and of the canonical form.
pub const COLUMNS: &[Column] = Column::ALL;

/// Columns that no row goes without.
pub const REQUIRED: &[Column] = &[
    Column::Row,
    Column::Source,
    Column::Dataset,
    Column::Release,
    Column::Measure,
    Column::Unit,
    Column::Period,
    Column::Granularity,
    Column::RefArea,
    Column::Platform,
    Column::ClassOwner,
    Column::ClassVersion,
    Column::Provenance,
];

impl Column {
    /// Its name.
    pub fn name(self) -> &'static str {
        self.as_str()
    }
}

/// What is wrong with one cell, or with a row where no cell alone is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column.
    pub column: Column,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// One row's texts; what is empty is absent.
#[derive(Debug, Clone)]
pub struct Cells<'a>([&'a str; COLUMNS.len()]);

impl Default for Cells<'_> {
    fn default() -> Self {
        Self([""; COLUMNS.len()])
    }
}

impl<'a> Cells<'a> {
    /// A row with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a text into a column.
    pub fn set(&mut self, column: Column, text: &'a str) {
        self.0[column as usize] = text;
    }

    /// What stands there.
    pub fn get(&self, column: Column) -> Option<&'a str> {
        Some(self.0[column as usize]).filter(|text| !text.is_empty())
    }
}

/// Reads a row. Every faulty cell is named, not the first only.
pub fn read(cells: &Cells<'_>) -> Result<Observation, Vec<Fault>> {
    let mut reader = Reader { cells, faults: Vec::new() };
    let row = reader.observation();
    match row {
        Some(row) if reader.faults.is_empty() => Ok(row),
        _ => Err(reader.faults),
    }
}

struct Reader<'c, 'a> {
    cells: &'c Cells<'a>,
    faults: Vec<Fault>,
}

impl Reader<'_, '_> {
    fn fault(&mut self, column: Column, message: impl Into<String>) {
        self.faults.push(Fault { column, message: message.into() });
    }

    /// A cell that must be there and be one of its kind.
    fn needed<T: std::str::FromStr<Err: ToString>>(&mut self, column: Column) -> Option<T> {
        if self.cells.get(column).is_none() {
            self.fault(column, "missing: no row goes without it");
        }
        self.optional(column)
    }

    /// A cell that may be empty.
    fn optional<T: std::str::FromStr<Err: ToString>>(&mut self, column: Column) -> Option<T> {
        let text = self.cells.get(column)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(column, error.to_string());
                None
            }
        }
    }

    /// A cell that has a value of its own when empty.
    fn or<T: std::str::FromStr<Err: ToString>>(&mut self, column: Column, empty: T) -> T {
        self.optional(column).unwrap_or(empty)
    }

    fn yes_no(&mut self, column: Column) -> Option<bool> {
        match self.cells.get(column)? {
            "y" => Some(true),
            "n" => Some(false),
            other => {
                let shown: String = other.chars().take(40).collect();
                self.fault(column, format!("{shown:?} is neither y nor n"));
                None
            }
        }
    }

    fn count<T>(&mut self, column: Column, from: T) -> Option<T>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let text = self.cells.get(column)?;
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(number) if plain && number >= from => Some(number),
            _ => {
                let shown: String = text.chars().take(40).collect();
                self.fault(column, format!("{shown:?} is no whole number from {from}"));
                None
            }
        }
    }

    fn text(&mut self, column: Column) -> Option<String> {
        let text = self.cells.get(column)?;
        match text_fault(text) {
            None => Some(text.to_owned()),
            Some(fault) => {
                self.fault(column, fault);
                None
            }
        }
    }

    fn needed_text(&mut self, column: Column, why: &str) -> Option<String> {
        if self.cells.get(column).is_none() {
            self.fault(column, format!("missing: {why}"));
        }
        self.text(column)
    }

    fn date(&mut self, column: Column, why: &str) -> Option<Date> {
        let Some(text) = self.cells.get(column) else {
            self.fault(column, format!("missing: {why}"));
            return None;
        };
        date(text).map_err(|error| self.fault(column, error.to_string())).ok()
    }

    fn observation(&mut self) -> Option<Observation> {
        // Every part is read before the first that is missing ends the row, so that all faults are named.
        let id = self.id();
        let (source, dataset, release) = (
            self.needed(Column::Source),
            self.needed(Column::Dataset),
            self.needed(Column::Release),
        );
        let measure = self.needed(Column::Measure);
        let unit = self.needed(Column::Unit);
        let dedup = self.dedup();
        let period = self.period();
        let area = self.area();
        let area_assigned = self.or(Column::AreaAssigned, AreaAssignment::NotStated);
        let platform = self.needed::<Platform>(Column::Platform);
        let os_major = self.count(Column::OsMajor, 1);
        let family = self.family();
        let class_def = self.class_def();
        let facets = self.facets();
        let change = self.change();
        let value = self.value();
        let denominator = self.denominator();
        let coverage = Coverage {
            share_percent: self.percent(Column::CoverageShare),
            test_rate_percent: self.percent(Column::TestRate),
            test_id: self.text(Column::TestId),
        };
        let obs_status = self.or(Column::ObsStatus, ObsStatus::Normal);
        let conf_status = self.or(Column::ConfStatus, ConfStatus::Free);
        let conf_reason = self.text(Column::ConfReason);
        let method = Method {
            text: self.text(Column::Method).unwrap_or_default(),
            link: self.text(Column::MethodLink),
            mode: self.or(Column::CollectionMode, CollectionMode::NotStated),
            changes: self.text(Column::MethodChanges),
        };
        let consent_basis = self.text(Column::ConsentBasis);
        let licence = self.text(Column::Licence).unwrap_or_else(|| DEFAULT_LICENCE.to_owned());
        let tlp = self.or(Column::Tlp, Tlp::Clear);
        let provenance = self.provenance();
        let row = Observation {
            id: id?,
            source: source?,
            dataset: dataset?,
            release: release?,
            measure: measure?,
            unit: unit?,
            dedup,
            period: period?,
            area: area?,
            area_assigned,
            platform: platform?,
            os_major,
            family: family?,
            class_def: class_def?,
            facets,
            change,
            value: value?,
            denominator: denominator?,
            coverage,
            obs_status,
            conf_status,
            conf_reason,
            method,
            consent_basis,
            licence,
            tlp,
            provenance: provenance?,
        };
        self.together(&row);
        Some(row)
    }

    fn id(&mut self) -> Option<RowId> {
        let version = self.count(Column::Version, 1);
        let version = if self.cells.get(Column::Version).is_none() { Some(1) } else { version };
        Some(RowId { row: self.needed(Column::Row)?, version: version? })
    }

    fn dedup(&mut self) -> Dedup {
        Dedup {
            window: self.or(Column::DedupWindow, crate::code_lists::DedupWindow::None),
            key: self.optional(Column::DedupKey),
            cross_family: self.yes_no(Column::DedupCrossFamily),
            cross_country: self.optional(Column::DedupCrossCountry),
        }
    }

    fn period(&mut self) -> Option<Period> {
        let (interval, granularity) =
            (self.needed(Column::Period), self.needed(Column::Granularity));
        let zone = self.or(Column::Timezone, Zone::default());
        Period::new(interval?, granularity?, zone)
            .map_err(|error| self.fault(Column::Granularity, error.to_string()))
            .ok()
    }

    fn area(&mut self) -> Option<Area> {
        let Some(code) = self.cells.get(Column::RefArea) else {
            self.fault(Column::RefArea, "missing: no row goes without it");
            return None;
        };
        let version = self.text(Column::AreaVersion);
        let members = self.cells.get(Column::AreaMembers);
        Area::of(code, version.as_deref(), members)
            .map_err(|error| self.fault(Column::RefArea, error.to_string()))
            .ok()
    }

    fn family(&mut self) -> Option<FamilyScope> {
        let id: Option<FamilyId> = self.optional(Column::Family);
        let named = self.cells.get(Column::Family).is_some()
            || self.cells.get(Column::FamilyVerbatim).is_some();
        let level = self
            .or(Column::FamilyLevel, if named { FamilyLevel::Product } else { FamilyLevel::Any });
        if named == (level == FamilyLevel::Any) {
            let wrong = if named { "any" } else { level.as_str() };
            let message = format!("{wrong:?} does not fit: `any` is for rows without a family");
            self.fault(Column::FamilyLevel, message);
            return None;
        }
        Some(FamilyScope {
            id,
            level,
            naming_version: self.text(Column::NamingVersion),
            verbatim: self.text(Column::FamilyVerbatim),
        })
    }

    fn class_def(&mut self) -> Option<ClassDefinition> {
        let owner = self.needed(Column::ClassOwner);
        let why = "name the version of the definition, or not_stated";
        let version = self.needed_text(Column::ClassVersion, why);
        Some(ClassDefinition {
            owner: owner?,
            version: version?,
            dual_use: self.yes_no(Column::IncludesDualUse),
            parental_control: self.yes_no(Column::IncludesParental),
            anti_theft: self.yes_no(Column::IncludesAntiTheft),
        })
    }

    fn facets(&mut self) -> std::collections::BTreeMap<Facet, String> {
        self.optional::<CheckResult>(Column::CheckResult);
        let mut facets = std::collections::BTreeMap::new();
        for (facet, column) in FACETS {
            if let Some(text) = self.text(*column) {
                facets.insert(*facet, text);
            }
        }
        facets
    }

    fn change(&mut self) -> Option<ChangeOf> {
        let from = self.optional(Column::ChangeFrom);
        let endpoints = self.yes_no(Column::ChangeEndpoints).unwrap_or(false);
        Some(ChangeOf { measure: self.optional(Column::ChangeOf)?, from, endpoints })
    }

    fn value(&mut self) -> Option<Value> {
        let before = self.faults.len();
        let (value, min, max) = (
            self.optional(Column::Value),
            self.optional(Column::ValueMin),
            self.optional(Column::ValueMax),
        );
        let decimals = self.count::<u32>(Column::Decimals, 0);
        if self.faults.len() > before {
            return None;
        }
        let value = Value::of(value, min, max)
            .map_err(|error| self.fault(Column::Value, error.to_string()))
            .ok()?;
        if decimals.is_some_and(|decimals| decimals != value.decimals()) {
            let message = format!("the figure has {} decimals", value.decimals());
            self.fault(Column::Decimals, message);
        }
        Some(value)
    }

    fn denominator(&mut self) -> Option<Denominator> {
        let kind = self.optional(Column::DenominatorKind);
        let base: Option<Number> = self.optional(Column::Denominator);
        let given = self.cells.get(Column::Denominator).is_some();
        match (kind, base) {
            (None | Some(DenominatorKind::NotSupplied), None) if !given => {
                Some(Denominator::NotSupplied)
            }
            (Some(kind), Some(base)) if kind != DenominatorKind::NotSupplied => {
                if base.decimal().is_sign_negative() || base.decimal().is_zero() {
                    self.fault(Column::Denominator, "a base is above 0");
                    return None;
                }
                Some(Denominator::Given(kind, base))
            }
            (Some(kind), None) if !given => {
                self.fault(Column::Denominator, format!("missing: {kind} was said to be the base"));
                None
            }
            _ => {
                let message = "missing: say what the base is, or leave the base out";
                self.fault(Column::DenominatorKind, message);
                None
            }
        }
    }

    fn percent(&mut self, column: Column) -> Option<Number> {
        let number: Number = self.optional(column)?;
        let hundred = rust_decimal::Decimal::ONE_HUNDRED;
        if number.decimal().is_sign_negative() || number.decimal() > hundred {
            self.fault(column, format!("{number} is no share in percent"));
            return None;
        }
        Some(number)
    }

    fn provenance(&mut self) -> Option<Provenance> {
        match self.cells.get(Column::Provenance) {
            Some("partner_submission") => {
                let why = "a submission is signed, or its partner known otherwise";
                Some(Provenance::PartnerSubmission {
                    signed_by: self.needed_text(Column::SignedBy, why)?,
                })
            }
            Some("transcribed") => {
                let citation = self.needed_text(Column::Citation, "a transcribed figure is cited");
                let locator =
                    self.needed_text(Column::Locator, "say exactly where the figure stands");
                let retrieved = self.date(Column::Retrieved, "say when it was read");
                Some(Provenance::Transcribed {
                    citation: citation?,
                    retrieved: retrieved?,
                    locator: locator?,
                    as_quoted_in: self.text(Column::AsQuotedIn),
                })
            }
            Some(other) => {
                let shown: String = other.chars().take(40).collect();
                let message = format!("{shown:?} is neither partner_submission nor transcribed");
                self.fault(Column::Provenance, message);
                None
            }
            None => {
                self.fault(Column::Provenance, "missing: no row goes without it");
                None
            }
        }
    }

    /// What cells must hold together.
    fn together(&mut self, row: &Observation) {
        if !row.measure.units().contains(&row.unit) {
            let fits: Vec<_> = row.measure.units().iter().map(|unit| unit.as_str()).collect();
            let message = format!("{} is counted in {}", row.measure, fits.join(" or "));
            self.fault(Column::Unit, message);
        }
        if row.obs_status.is_missing() != (row.value == Value::Absent) {
            let message = if row.value == Value::Absent {
                "no figure, and no status that says why: one of H K L M O Q"
            } else {
                "a figure, and a status that says there is none"
            };
            self.fault(Column::ObsStatus, message);
        }
        if (row.measure == crate::code_lists::Measure::PublishedChange) != row.change.is_some() {
            self.fault(
                Column::ChangeOf,
                "a published change, and nothing else, says of which measure",
            );
        }
        self.range(row);
    }

    fn range(&mut self, row: &Observation) {
        use crate::code_lists::Measure;
        if row.measure == Measure::PublishedChange {
            return;
        }
        let share = matches!(row.measure, Measure::SurveyProportion | Measure::TestDetectionRate);
        let (min, max) = row.value.bounds();
        for number in min.into_iter().chain(max) {
            let decimal = number.decimal();
            if decimal.is_sign_negative() && !decimal.is_zero() {
                self.fault(Column::Value, format!("{number} is below 0"));
            } else if share && decimal > rust_decimal::Decimal::ONE_HUNDRED {
                self.fault(Column::Value, format!("{number} is no share in percent"));
            } else if !share && !decimal.fract().is_zero() {
                self.fault(Column::Value, format!("{number} is no whole number of {}s", row.unit));
            } else {
                continue;
            }
            break;
        }
    }
}

/// Why a text may not stand in a row: what a spreadsheet would take for a formula among it.
pub fn text_fault(text: &str) -> Option<&'static str> {
    if text.len() > MAX_CELL_BYTES {
        return Some("longer than 2,000 bytes");
    }
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        return Some(
            "starts like a spreadsheet's formula (= + - @ or a tab): begin with a letter or digit",
        );
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    {
        return Some("holds a control character");
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Some("has a space at its start or end");
    }
    None
}

const FACETS: &[(Facet, Column)] = &[
    (Facet::CheckResult, Column::CheckResult),
    (Facet::CallerType, Column::CallerType),
    (Facet::Population, Column::Population),
    (Facet::Condition, Column::Condition),
    (Facet::Product, Column::Product),
    (Facet::PartnerClass, Column::PartnerClass),
];

/// A row's filled columns, in order: what [`read`] reads back to the same row.
pub fn write(row: &Observation) -> Vec<(Column, String)> {
    let yes_no = |flag: Option<bool>| flag.map(|flag| if flag { "y" } else { "n" }.to_owned());
    let (min, max) = match row.value {
        Value::Between { min, max } => (min, max),
        Value::Exact(_) | Value::Absent => (None, None),
    };
    let members = match &row.area {
        Area::Group { .. } => row.area.members(),
        Area::Country(_) => None,
    };
    let members =
        members.map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    let (kind, base) = match &row.denominator {
        Denominator::Given(kind, base) => (*kind, Some(base.to_string())),
        Denominator::NotSupplied => (DenominatorKind::NotSupplied, None),
    };
    let facet = |facet| row.facets.get(&facet).cloned();
    let text = |column: Column| -> Option<String> {
        use Column as C;
        match column {
            C::Row => Some(row.id.row.to_string()),
            C::Version => Some(row.id.version.to_string()),
            C::Source => Some(row.source.to_string()),
            C::Dataset => Some(row.dataset.to_string()),
            C::Release => Some(row.release.to_string()),
            C::Measure => Some(row.measure.to_string()),
            C::Unit => Some(row.unit.to_string()),
            C::DedupWindow => Some(row.dedup.window.to_string()),
            C::DedupKey => row.dedup.key.map(|key| key.to_string()),
            C::DedupCrossFamily => yes_no(row.dedup.cross_family),
            C::DedupCrossCountry => row.dedup.cross_country.map(|rule| rule.to_string()),
            C::Period => Some(row.period.interval().to_string()),
            C::Granularity => Some(row.period.granularity().to_string()),
            C::Timezone => Some(row.period.zone().as_str().to_owned()),
            C::RefArea => Some(row.area.code().to_owned()),
            C::AreaVersion => row.area.version().map(str::to_owned),
            C::AreaMembers => members.clone(),
            C::AreaAssigned => Some(row.area_assigned.to_string()),
            C::Platform => Some(row.platform.to_string()),
            C::OsMajor => row.os_major.map(|major| major.to_string()),
            C::Family => row.family.id.as_ref().map(ToString::to_string),
            C::FamilyLevel => Some(row.family.level.to_string()),
            C::NamingVersion => row.family.naming_version.clone(),
            C::FamilyVerbatim => row.family.verbatim.clone(),
            C::ClassOwner => Some(row.class_def.owner.to_string()),
            C::ClassVersion => Some(row.class_def.version.clone()),
            C::IncludesDualUse => yes_no(row.class_def.dual_use),
            C::IncludesParental => yes_no(row.class_def.parental_control),
            C::IncludesAntiTheft => yes_no(row.class_def.anti_theft),
            C::CheckResult => facet(Facet::CheckResult),
            C::CallerType => facet(Facet::CallerType),
            C::Population => facet(Facet::Population),
            C::Condition => facet(Facet::Condition),
            C::Product => facet(Facet::Product),
            C::PartnerClass => facet(Facet::PartnerClass),
            C::ChangeOf => row.change.as_ref().map(|change| change.measure.to_string()),
            C::ChangeFrom => {
                row.change.as_ref().and_then(|change| change.from).map(|from| from.to_string())
            }
            C::ChangeEndpoints => yes_no(row.change.as_ref().map(|change| change.endpoints)),
            C::Value => row.value.exact().map(|number| number.to_string()),
            C::ValueMin => min.map(|number| number.to_string()),
            C::ValueMax => max.map(|number| number.to_string()),
            C::Decimals => (row.value != Value::Absent).then(|| row.value.decimals().to_string()),
            C::DenominatorKind => Some(kind.to_string()),
            C::Denominator => base.clone(),
            C::CoverageShare => row.coverage.share_percent.map(|share| share.to_string()),
            C::TestRate => row.coverage.test_rate_percent.map(|rate| rate.to_string()),
            C::TestId => row.coverage.test_id.clone(),
            C::ObsStatus => Some(row.obs_status.to_string()),
            C::ConfStatus => Some(row.conf_status.to_string()),
            C::ConfReason => row.conf_reason.clone(),
            C::Method => Some(row.method.text.clone()).filter(|text| !text.is_empty()),
            C::MethodLink => row.method.link.clone(),
            C::CollectionMode => Some(row.method.mode.to_string()),
            C::MethodChanges => row.method.changes.clone(),
            C::ConsentBasis => row.consent_basis.clone(),
            C::Licence => Some(row.licence.clone()),
            C::Tlp => Some(row.tlp.to_string()),
            C::Provenance
            | C::SignedBy
            | C::Citation
            | C::Retrieved
            | C::Locator
            | C::AsQuotedIn => provenance_text(&row.provenance, column),
        }
    };
    COLUMNS.iter().filter_map(|&column| Some((column, text(column)?))).collect()
}

fn provenance_text(provenance: &Provenance, column: Column) -> Option<String> {
    match (provenance, column) {
        (Provenance::PartnerSubmission { .. }, Column::Provenance) => {
            Some("partner_submission".to_owned())
        }
        (Provenance::PartnerSubmission { signed_by }, Column::SignedBy) => Some(signed_by.clone()),
        (Provenance::Transcribed { .. }, Column::Provenance) => Some("transcribed".to_owned()),
        (Provenance::Transcribed { citation, .. }, Column::Citation) => Some(citation.clone()),
        (Provenance::Transcribed { retrieved, .. }, Column::Retrieved) => {
            Some(retrieved.to_string())
        }
        (Provenance::Transcribed { locator, .. }, Column::Locator) => Some(locator.clone()),
        (Provenance::Transcribed { as_quoted_in, .. }, Column::AsQuotedIn) => as_quoted_in.clone(),
        _ => None,
    }
}
