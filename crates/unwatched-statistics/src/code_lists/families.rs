//! On which platform, and how narrowly a row names what was found.
//!
//! Not here: the families themselves, which are the exchange's.

use super::closed_list;

closed_list! {
    /// The platform of the devices counted.
    Platform, "platform" {
        /// Android.
        Android = "android",
        /// iOS.
        Ios = "ios",
        /// Windows.
        Windows = "windows",
        /// macOS.
        Macos = "macos",
        /// Linux.
        Linux = "linux",
        /// Every platform that the source covers.
        All = "all",
    }
}

closed_list! {
    /// How narrowly a row names what was found: one code base sells under many names.
    FamilyLevel, "family level" {
        /// One code base, whatever it is sold as.
        CodeFamily = "code_family",
        /// One product name.
        Product = "product",
        /// Everything that the class definition covers.
        Any = "any",
    }
}
