//! What is counted, in which unit, and how often one person, device or case may count.
//!
//! Not here: what may be added up; see [`crate::additivity`].

use super::closed_list;

closed_list! {
    /// What a row measures.
    Measure, "measure" {
        /// People (accounts) on whose devices something was found.
        AffectedUsers = "affected_users",
        /// Devices on which something was found.
        AffectedDevices = "affected_devices",
        /// Detection events.
        Detections = "detections",
        /// Installations that were stopped.
        InstallAttemptsBlocked = "install_attempts_blocked",
        /// Installations seen to be there.
        InstallsConfirmed = "installs_confirmed",
        /// Distinct variants.
        VariantsSeen = "variants_seen",
        /// Distinct families.
        FamiliesSeen = "families_seen",
        /// Devices on which the product was active: the denominator of rates.
        ProtectedDevicesActive = "protected_devices_active",
        /// Contacts that a helpline handled: calls, chats, mails.
        HelplineContacts = "helpline_contacts",
        /// People whom a helpline helped.
        HelplineClients = "helpline_clients",
        /// Devices checked, by result.
        DeviceChecks = "device_checks",
        /// A share of those asked in a survey, as a percentage.
        SurveyProportion = "survey_proportion",
        /// A share of a test's samples that a product detected, as a percentage.
        TestDetectionRate = "test_detection_rate",
        /// A change that was published without the figures it was computed from.
        PublishedChange = "published_change",
    }
}

closed_list! {
    /// What one of the count is.
    UnitOfCount, "unit of count" {
        /// A person.
        Person = "person",
        /// An account with a vendor.
        Account = "account",
        /// A device.
        Device = "device",
        /// An event.
        Event = "event",
        /// A contact with a helpline.
        Contact = "contact",
        /// A sample, variant or family.
        Sample = "sample",
        /// Hundredths.
        Percent = "percent",
    }
}

closed_list! {
    /// Within which time the same one counts once.
    DedupWindow, "deduplication window" {
        /// Every time counts.
        None = "none",
        /// Once a day.
        Day = "day",
        /// Once a month.
        Month = "month",
        /// Once in the row's whole period.
        Period = "period",
    }
}

closed_list! {
    /// By what two are known to be the same.
    DedupKey, "deduplication key" {
        /// The account.
        Account = "account",
        /// The device.
        Device = "device",
        /// The installation.
        InstallId = "install_id",
    }
}

closed_list! {
    /// Where one that was seen in two countries counts.
    CrossCountry, "rule across countries" {
        /// Where it was first seen only.
        FirstSeen = "first_seen",
        /// In each.
        Each = "each",
    }
}

closed_list! {
    /// How a check of a device ended.
    CheckResult, "result of a check" {
        /// Something was found.
        Positive = "positive",
        /// Something of two uses was found.
        DualUse = "dual_use",
        /// Nothing was found; that is not the same as nothing being there.
        NoneFound = "none_found",
        /// It could not be said.
        Inconclusive = "inconclusive",
    }
}

closed_list! {
    /// How a count behaves when it is added up: the rows of the additivity table.
    CountKind, "kind of count" {
        /// Events: each stands by itself.
        Events = "events",
        /// Distinct people or accounts.
        Users = "users",
        /// Distinct devices.
        Devices = "devices",
        /// Contacts handled.
        Contacts = "contacts",
        /// Distinct samples, variants or families.
        Distinct = "distinct",
        /// Shares, rates and changes.
        Proportions = "proportions",
    }
}

impl Measure {
    /// How this measure's counts behave, given their unit. A measure whose unit is a person, an
    /// account or a device counts distinct ones, whatever it is called.
    pub fn kind(self, unit: UnitOfCount) -> CountKind {
        match (self, unit) {
            (Self::SurveyProportion | Self::TestDetectionRate | Self::PublishedChange, _)
            | (_, UnitOfCount::Percent) => CountKind::Proportions,
            (Self::VariantsSeen | Self::FamiliesSeen, _) | (_, UnitOfCount::Sample) => {
                CountKind::Distinct
            }
            (Self::HelplineClients, _) | (_, UnitOfCount::Person | UnitOfCount::Account) => {
                CountKind::Users
            }
            (_, UnitOfCount::Device) => CountKind::Devices,
            (_, UnitOfCount::Contact) => CountKind::Contacts,
            (_, UnitOfCount::Event) => CountKind::Events,
        }
    }

    /// The units in which this measure can be given.
    pub fn units(self) -> &'static [UnitOfCount] {
        use UnitOfCount as Unit;
        match self {
            Self::AffectedUsers => &[Unit::Person, Unit::Account],
            Self::AffectedDevices | Self::ProtectedDevicesActive => &[Unit::Device],
            Self::Detections => &[Unit::Event],
            Self::InstallAttemptsBlocked | Self::InstallsConfirmed | Self::DeviceChecks => {
                &[Unit::Event, Unit::Device]
            }
            Self::VariantsSeen | Self::FamiliesSeen => &[Unit::Sample],
            Self::HelplineContacts => &[Unit::Contact],
            Self::HelplineClients => &[Unit::Person],
            Self::SurveyProportion | Self::TestDetectionRate | Self::PublishedChange => {
                &[Unit::Percent]
            }
        }
    }

    /// Whether a vendor's product counted it: then a rate needs the devices it protected.
    pub fn is_telemetry(self) -> bool {
        matches!(
            self,
            Self::AffectedUsers
                | Self::AffectedDevices
                | Self::Detections
                | Self::InstallAttemptsBlocked
                | Self::InstallsConfirmed
        )
    }

    /// Whether a base must be known before such rows may be compared without caution.
    pub fn needs_denominator(self) -> bool {
        self.is_telemetry() || matches!(self, Self::SurveyProportion | Self::TestDetectionRate)
    }
}
