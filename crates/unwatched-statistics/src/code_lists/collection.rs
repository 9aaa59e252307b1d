//! How a figure came about: where the area comes from, who defined the class, what the base is.
//!
//! Not here: who handed the row in; see [`crate::provenance`].

use super::closed_list;

closed_list! {
    /// How a device or person was given an area.
    AreaAssignment, "way to assign an area" {
        /// By the network address.
        Ip = "ip",
        /// By the SIM.
        Sim = "sim",
        /// By the store's country.
        Store = "store",
        /// By what they said.
        SelfReported = "self",
        /// It was not said.
        NotStated = "not_stated",
    }
}

closed_list! {
    /// Whose definition decides what counts.
    ClassOwner, "owner of a definition" {
        /// The coalition's.
        Coalition = "coalition",
        /// The partner's own.
        Partner = "partner",
    }
}

closed_list! {
    /// What a row's base is.
    DenominatorKind, "denominator" {
        /// Devices on which the product was active, in the same area, platform and period.
        ProtectedDevicesActive = "protected_devices_active",
        /// How many were asked.
        SurveyBase = "survey_base",
        /// How many samples were tried.
        TestSamples = "test_samples",
        /// It was not supplied: no rate is ever shown.
        NotSupplied = "not_supplied",
    }
}

closed_list! {
    /// How the figures were collected.
    CollectionMode, "collection mode" {
        /// Telemetry of those who opted in.
        TelemetryOptIn = "telemetry_opt_in",
        /// Telemetry; whether by consent was not said.
        Telemetry = "telemetry",
        /// A survey.
        Survey = "survey",
        /// A helpline's log.
        HelplineLog = "helpline_log",
        /// A test in a laboratory.
        LabTest = "lab_test",
        /// Checks of devices.
        DeviceCheck = "device_check",
        /// It was not said.
        NotStated = "not_stated",
    }
}
