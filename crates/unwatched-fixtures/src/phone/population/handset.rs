//! The handsets of the population: makers, Android versions, and what each maker adds of its own.

/// A kind of handset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handset {
    /// As `ro.product.manufacturer` has it.
    pub maker: &'static str,
    /// As `ro.product.model` has it.
    pub model: &'static str,
    /// As `ro.product.device` has it.
    pub device: &'static str,
    /// Android's version.
    pub release: &'static str,
    /// Its API level.
    pub sdk: u32,
}

const fn handset(
    maker: &'static str,
    model: &'static str,
    device: &'static str,
    release: &'static str,
    sdk: u32,
) -> Handset {
    Handset { maker, model, device, release, sdk }
}

const HANDSETS: [Handset; 22] = [
    handset("Google", "Pixel 9", "tokay", "16", 36),
    handset("Google", "Pixel 7a", "lynx", "15", 35),
    handset("Google", "Pixel 5", "redfin", "14", 34),
    handset("Google", "Pixel 3a", "sargo", "12", 32),
    handset("samsung", "SM-S911B", "dm1q", "15", 35),
    handset("samsung", "SM-A546B", "a54x", "14", 34),
    handset("samsung", "SM-G991B", "o1s", "13", 33),
    handset("samsung", "SM-A515F", "a51", "11", 30),
    handset("samsung", "SM-G950F", "dreamlte", "9", 28),
    handset("Xiaomi", "2201117TY", "spes", "13", 33),
    handset("Xiaomi", "23127PN0CG", "houji", "14", 34),
    handset("Xiaomi", "Redmi Note 8", "ginkgo", "10", 29),
    handset("HUAWEI", "ELE-L29", "HWELE", "10", 29),
    handset("HUAWEI", "ANE-LX1", "HWANE", "9", 28),
    handset("OnePlus", "CPH2449", "OP594DL1", "13", 33),
    handset("OPPO", "CPH2195", "OP4F81", "12", 31),
    handset("vivo", "V2027", "2027", "11", 30),
    handset("motorola", "moto g(30)", "caprip", "12", 31),
    handset("motorola", "moto g(7)", "river", "10", 29),
    handset("Nokia", "Nokia 6.1", "PL2", "10", 29),
    handset("Sony", "G8141", "G8141", "8.0.0", 26),
    handset("LGE", "LG-M250", "mlv5", "7.0", 24),
];

impl Handset {
    /// Every kind in turn, so that a population holds them all.
    pub fn in_turn(number: usize) -> Self {
        HANDSETS[number % HANDSETS.len()]
    }

    /// The same among those whose Android is at least this one.
    pub(super) fn in_turn_since(sdk: u32, number: usize) -> Self {
        let recent: Vec<_> = HANDSETS.iter().filter(|handset| handset.sdk >= sdk).collect();
        *recent[number % recent.len()]
    }

    pub(super) fn is_samsung(&self) -> bool {
        self.maker == "samsung"
    }

    pub(super) fn is_huawei(&self) -> bool {
        self.maker == "HUAWEI"
    }

    /// The app that installs a file on this handset.
    pub(super) fn package_installer(&self) -> &'static str {
        match self.maker {
            "samsung" if self.sdk < 33 => "com.samsung.android.packageinstaller",
            "Xiaomi" => "com.miui.packageinstaller",
            "HUAWEI" | "LGE" => "com.android.packageinstaller",
            _ => "com.google.android.packageinstaller",
        }
    }

    /// The maker's own store, where it has one.
    pub(super) fn own_store(&self) -> Option<&'static str> {
        Some(match self.maker {
            "samsung" => "com.sec.android.app.samsungapps",
            "Xiaomi" => "com.xiaomi.mipicks",
            "HUAWEI" => "com.huawei.appmarket",
            "OPPO" | "OnePlus" => "com.heytap.market",
            "vivo" => "com.vivo.appstore",
            _ => return None,
        })
    }

    pub(super) fn fingerprint(&self) -> String {
        let build = ["UP1A.231005.007", "TQ3A.230805.001", "RP1A.200720.012", "QKQ1.190915.002"]
            [self.sdk as usize % 4];
        format!(
            "{0}/{1}/{1}:{2}/{build}/4711:user/release-keys",
            self.maker.to_lowercase(),
            self.device,
            self.release
        )
    }

    /// What the maker puts on every phone: package, and whether it shows an icon.
    pub(super) fn own_apps(&self) -> &'static [(&'static str, bool)] {
        match self.maker {
            "samsung" => &[
                ("com.sec.android.app.launcher", true),
                ("com.samsung.android.honeyboard", false),
                ("com.samsung.android.messaging", true),
                ("com.samsung.android.dialer", true),
                ("com.sec.android.app.samsungapps", true),
                ("com.sec.android.app.myfiles", true),
                ("com.sec.android.app.sbrowser", true),
                ("com.samsung.android.fmm", false),
                ("com.samsung.android.kgclient", false),
                ("com.samsung.knox.securefolder", true),
                ("com.samsung.android.scloud", false),
                ("com.sec.android.easyMover", true),
                ("com.samsung.android.packageinstaller", false),
                ("com.samsung.accessibility", false),
                ("com.facebook.system", false),
                ("com.facebook.appmanager", false),
                ("com.aura.oobe.samsung", false),
            ],
            "Xiaomi" => &[
                ("com.miui.home", true),
                ("com.miui.securitycenter", true),
                ("com.miui.packageinstaller", false),
                ("com.xiaomi.mipicks", true),
                ("com.xiaomi.finddevice", false),
                ("com.miui.cloudservice", false),
                ("com.miui.msa.global", false),
                ("com.mi.globalbrowser", true),
                ("com.mi.android.globalFileexplorer", true),
                ("com.miui.analytics", false),
                ("com.android.mms", true),
                ("com.facebook.services", false),
            ],
            "HUAWEI" => &[
                ("com.huawei.android.launcher", true),
                ("com.huawei.appmarket", true),
                ("com.huawei.hwid", true),
                ("com.huawei.systemmanager", true),
                ("com.huawei.android.findmyphone", false),
                ("com.huawei.health", true),
                ("com.android.packageinstaller", false),
                ("com.android.mms", true),
                ("com.huawei.trustagent", false),
            ],
            "OPPO" | "OnePlus" => &[
                ("com.oppo.launcher", true),
                ("com.heytap.market", true),
                ("com.coloros.filemanager", true),
                ("com.coloros.safecenter", true),
                ("com.heytap.cloud", true),
                ("com.oplus.appdetail", false),
            ],
            "vivo" => &[
                ("com.bbk.launcher2", true),
                ("com.vivo.appstore", true),
                ("com.iqoo.secure", true),
                ("com.vivo.browser", true),
            ],
            "motorola" => &[
                ("com.motorola.launcher3", true),
                ("com.motorola.ccc.notification", false),
                ("com.motorola.help", true),
                ("com.dti.amx", false),
            ],
            "Sony" => &[("com.sonymobile.home", true), ("com.sonyericsson.album", true)],
            "LGE" => &[
                ("com.lge.launcher3", true),
                ("com.lge.appbox.client", false),
                ("com.android.packageinstaller", false),
            ],
            _ => &[
                ("com.google.android.apps.nexuslauncher", true),
                ("com.google.android.apps.safetyhub", true),
                ("com.google.android.dialer", true),
            ],
        }
    }
}
