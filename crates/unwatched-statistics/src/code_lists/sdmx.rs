//! SDMX's two lists of states, as their owners publish them: CL_OBS_STATUS 2.2 and CL_CONF_STATUS 1.2,
//! and the letters that Eurostat shows beside figures.
//!
//! Not here: what follows from a state for a comparison; see [`crate::compare`].

use super::closed_list;

closed_list! {
    /// The state of an observation: CL_OBS_STATUS 2.2.
    ObsStatus, "observation status (CL_OBS_STATUS 2.2)" {
        /// Normal value.
        Normal = "A",
        /// Time series break.
        Break = "B",
        /// Definition differs.
        DefinitionDiffers = "D",
        /// Estimated value.
        Estimated = "E",
        /// Forecast value.
        Forecast = "F",
        /// Experimental value.
        Experimental = "G",
        /// Missing value; holiday or weekend.
        MissingHoliday = "H",
        /// Imputed value.
        Imputed = "I",
        /// Derogation.
        Derogation = "J",
        /// Data included in another category.
        InOtherCategory = "K",
        /// Missing value; data exist but were not collected.
        MissingNotCollected = "L",
        /// Missing value; data cannot exist.
        MissingCannotExist = "M",
        /// Not significant.
        NotSignificant = "N",
        /// Missing value.
        Missing = "O",
        /// Provisional value.
        Provisional = "P",
        /// Missing value; suppressed.
        Suppressed = "Q",
        /// Strike and other special events.
        SpecialEvent = "S",
        /// Low reliability.
        LowReliability = "U",
        /// Unvalidated value.
        Unvalidated = "V",
        /// Includes data from another category.
        IncludesOther = "W",
    }
}

closed_list! {
    /// Who may see an observation, and why not: CL_CONF_STATUS 1.2.
    ConfStatus, "confidentiality status (CL_CONF_STATUS 1.2)" {
        /// Free for publication.
        Free = "F",
        /// Not for publication, for internal use only.
        Internal = "N",
        /// Confidential statistical information.
        Confidential = "C",
        /// Hidden to protect another cell, by the sender.
        SecondaryBySender = "D",
        /// Hidden to protect another cell, by the receiver.
        SecondaryByReceiver = "S",
        /// Small counts.
        SmallCount = "A",
        /// One unit dominates.
        DominatedByOne = "O",
        /// Two units dominate.
        DominatedByTwo = "T",
        /// One or two units dominate.
        DominatedByOneOrTwo = "G",
        /// Another measure of concentration.
        Concentration = "M",
        /// Internal until an embargo ends, then free.
        Embargoed = "E",
    }
}

impl ObsStatus {
    /// Whether the state says that there is no value.
    pub fn is_missing(self) -> bool {
        matches!(
            self,
            Self::MissingHoliday
                | Self::InOtherCategory
                | Self::MissingNotCollected
                | Self::MissingCannotExist
                | Self::Missing
                | Self::Suppressed
        )
    }

    /// Eurostat's letter, where it has one. `c` and `r` come from other fields: see
    /// [`crate::observation::Observation::eurostat_flags`].
    pub fn eurostat(self) -> Option<char> {
        match self {
            Self::Break => Some('b'),
            Self::DefinitionDiffers => Some('d'),
            Self::Estimated | Self::Imputed => Some('e'),
            Self::NotSignificant => Some('n'),
            Self::Provisional => Some('p'),
            Self::LowReliability | Self::Unvalidated => Some('u'),
            Self::MissingCannotExist => Some('z'),
            _ => None,
        }
    }
}
