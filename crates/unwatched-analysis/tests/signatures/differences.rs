//! Where we differ from Debian's apksigner, which is version 31.0.2 of Android's tools, and why.

const PSS: &str = "apksigner gives up: Debian's Java has no algorithm of the name it asks for. By \
    Android's description RSA-PSS is accepted from API level 24 on";
const KNOWS_NO_31: &str = "apksigner 31 does not know scheme 3.1 and finds no signature for API level \
    33 and later; by Android's description the one of scheme 3.1 counts there";

const YES: [bool; 3] = [true; 3];

/// A file's name, our verdict at the three levels, and the reason.
pub(crate) const EXPLAINED: [(&str, [bool; 3], &str); 12] = [
    ("forged_v2_pss_256", YES, PSS),
    ("forged_v3_pss_256", YES, PSS),
    ("forged_v2_pss_512", YES, PSS),
    ("forged_v3_pss_512", YES, PSS),
    ("forged_v3_lineage_pss", YES, PSS),
    ("forged_v31", YES, KNOWS_NO_31),
    ("forged_v231", YES, KNOWS_NO_31),
    ("forged_v31_not_announced", YES, KNOWS_NO_31),
    ("forged_v31_from_34", YES, KNOWS_NO_31),
    (
        "forged_v2_certificate_as_text",
        [false; 3],
        "by Android's description a certificate is in DER; Java, and with it apksigner, reads PEM too",
    ),
    (
        "forged_v2_51_signers",
        [false; 3],
        "apksigner 31 checks any number of signers, newer versions ten at most; we stop at 50",
    ),
    (
        "forged_v31_stripped_all_apis",
        [false; 3],
        "scheme 3 names a signature of scheme 3.1 that is gone: Android 13 refuses that, apksigner 31 \
         does not know the attribute",
    ),
];
