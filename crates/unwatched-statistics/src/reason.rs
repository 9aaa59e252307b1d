//! Why a comparison is refused or needs care: thirteen codes, in the order in which they are listed.
//!
//! Not here: when a code applies; see [`crate::compare`]. The sentences in people's languages are data:
//! `catalogue/claims/sentences/`.

use crate::code_lists::closed_list;

closed_list! {
    /// One reason.
    Reason, "reason code" {
        /// People, devices, events or contacts against others of these.
        UnitDiffers = "unit_differs",
        /// Ten months against twelve.
        PeriodLength = "period_length",
        /// Other months of the year: seasons differ.
        MonthsDiffer = "months_differ",
        /// Two single points were compared, not two periods.
        EndpointComparison = "endpoint_comparison",
        /// Only a change was published, or there is no figure.
        BaseMissing = "base_missing",
        /// Nobody published how many devices were protected, so there is no rate.
        DenominatorMissing = "denominator_missing",
        /// What counts is not the same on both sides.
        DefinitionChanged = "definition_changed",
        /// Another area, or another list of members.
        AreaChanged = "area_changed",
        /// Another family, or named more or less narrowly.
        FamilyLevel = "family_level",
        /// The source sees more or less than before.
        CoverageChanged = "coverage_changed",
        /// Two sources, with other users and other rules.
        SourceDiffers = "source_differs",
        /// Fewer than thirty: a percentage of change says little.
        SmallBase = "small_base",
        /// The source marked a break in its series.
        SuspectedBreak = "suspected_break",
    }
}

impl Reason {
    /// Whether figures may be compared all the same, with care and with the reason beside them.
    pub fn is_caution(self) -> bool {
        matches!(self, Self::CoverageChanged | Self::DenominatorMissing)
    }

    /// The reason as one plain English sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::UnitDiffers => "They do not count the same thing.",
            Self::PeriodLength => "The periods are not equally long.",
            Self::MonthsDiffer => "The periods cover other months of the year.",
            Self::EndpointComparison => "Two single points in time were compared, not two periods.",
            Self::BaseMissing => "The figure that a change starts from was not published.",
            Self::DenominatorMissing => {
                "How many devices were protected was not published, so there is no rate."
            }
            Self::DefinitionChanged => "What is counted was not defined alike.",
            Self::AreaChanged => "They are about other areas.",
            Self::FamilyLevel => "They are about other families, or name them less narrowly.",
            Self::CoverageChanged => "The source saw more or less of the area than before.",
            Self::SourceDiffers => "They come from two sources with other users and other rules.",
            Self::SmallBase => "Fewer than thirty were counted.",
            Self::SuspectedBreak => "The series has a break between them.",
        }
    }
}
