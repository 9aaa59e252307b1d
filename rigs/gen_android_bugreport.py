#!/usr/bin/env python3
"""Synthetic Android bugreport.zip and AndroidQF acquisition folder of realistic size, for timing and tests. All data is made up.
usage: gen_android_bugreport.py OUTDIR [--packages 300] [--mb 60] [--seed 11] [--plant PKG,PKG2...] [--plant-certificates FILE]
--plant            apps from outside a store with every power switched on and no icon
--plant-certificates  apps with nothing switched on, from the Play Store, with an icon, each signed by a certificate of your choice:
                   lines of PACKAGE<tab or comma>SHA1[<tab or comma>SHA256], or a JSON list of {"package", "sha1", "sha256"};
                   with "verified": false the acquisition says that the certificate was not verified. A package may come once.
The same arguments give the same bytes. Writes OUTDIR/bugreport.zip, OUTDIR/bugreport-dir/, OUTDIR/androidqf/ (acquisition layout),
OUTDIR/dumpsys-package.txt and OUTDIR/planted.json (what was planted, to compare with what is found)."""
import argparse, hashlib, json, os, random, zipfile
ap = argparse.ArgumentParser(); ap.add_argument("out"); ap.add_argument("--packages", type=int, default=300)
ap.add_argument("--mb", type=int, default=60); ap.add_argument("--plant", default="com.watch.alpha")
ap.add_argument("--seed", type=int, default=11); ap.add_argument("--plant-certificates")
a = ap.parse_args(); r = random.Random(a.seed); SEP = "-" * 79
PERMS = ("ACCESS_FINE_LOCATION ACCESS_COARSE_LOCATION ACCESS_BACKGROUND_LOCATION CAMERA RECORD_AUDIO READ_SMS RECEIVE_SMS SEND_SMS READ_CALL_LOG "
 "READ_CONTACTS READ_CALENDAR READ_PHONE_STATE PROCESS_OUTGOING_CALLS POST_NOTIFICATIONS READ_MEDIA_IMAGES READ_EXTERNAL_STORAGE BLUETOOTH_CONNECT").split()
INST = ("INTERNET ACCESS_NETWORK_STATE WAKE_LOCK RECEIVE_BOOT_COMPLETED FOREGROUND_SERVICE VIBRATE SYSTEM_ALERT_WINDOW PACKAGE_USAGE_STATS QUERY_ALL_PACKAGES "
 "REQUEST_IGNORE_BATTERY_OPTIMIZATIONS USE_FULL_SCREEN_INTENT ACCESS_WIFI_STATE REQUEST_INSTALL_PACKAGES").split()
SPY = [p for p in a.plant.split(",") if p]
def planted_certificates(path):
    text = open(path, encoding="utf-8").read()
    if text.lstrip().startswith("["): rows = [(e["package"], e["sha1"], e.get("sha256", ""), e.get("verified", True)) for e in json.loads(text)]
    else:
        cells = [line.replace(",", "\t").split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")]
        rows = [(c[0].strip(), c[1].strip(), c[2].strip() if len(c) > 2 else "", True) for c in cells]
    if len({p for p, *_ in rows}) != len(rows): raise SystemExit("--plant-certificates: a package comes twice; write one phone for each of its certificates")
    return {p: {"sha1": s1.lower(), "sha256": s2.lower(), "verified": v} for p, s1, s2, v in rows}
CERTS = planted_certificates(a.plant_certificates) if a.plant_certificates else {}
if set(CERTS) & set(SPY): raise SystemExit("a package cannot be in --plant and in --plant-certificates")
names = [f"com.android.sys{i}" for i in range(a.packages * 7 // 10)] + [f"com.vendor{i}.app{i}" for i in range(max(0, a.packages - a.packages * 7 // 10 - len(SPY) - len(CERTS)))] + list(CERTS) + SPY
is_system = lambda n: n.startswith("com.android.sys") and n not in CERTS and n not in SPY
hx = lambda n: f"{r.getrandbits(4*n):0{n}x}"
ACT = "BOOT_COMPLETED PACKAGE_ADDED PACKAGE_REPLACED SMS_RECEIVED PHONE_STATE NEW_OUTGOING_CALL CONNECTIVITY_CHANGE MY_PACKAGE_REPLACED USER_PRESENT TIMEZONE_CHANGED LOCALE_CHANGED".split()
def package_section():
    L = ["Database versions:", "  Internal:", "    sdkVersion=34 databaseVersion=3", "", "Verifiers:", "  Required: com.android.vending (uid=10019)", "", "Activity Resolver Table:", "  Full MIME Types:"]
    for n in names: L += [f"      {r.choice(['text/plain','image/*','video/mp4'])}:", f"        {hx(7)} {n}/.ShareActivity{r.randrange(9)} (2 filters)"]
    L += ["", "  Schemes:"] + [x for n in names for x in (f"      {n.split('.')[1]}:", f"        {hx(7)} {n}/.DeepLink")] + ["", "  Non-Data Actions:"]
    for i in range(a.packages * 4):
        n = r.choice(names); L += [f"      {n}.ACTION_{i}:", f"        {hx(7)} {n}/.ui.Activity{i % 37}", f"          Action: \"{n}.ACTION_{i}\"", "          Category: \"android.intent.category.DEFAULT\""]
    for n in names:
        if n not in SPY: L += ["      android.intent.action.MAIN:", f"        {hx(7)} {n}/.MainActivity"]
    L += ["", "Receiver Resolver Table:", "  Non-Data Actions:"]
    for ac in ACT:
        L.append(f"      android.intent.action.{ac}:" if ac != "SMS_RECEIVED" else "      android.provider.Telephony.SMS_RECEIVED:")
        L += [f"        {hx(7)} {n}/.receivers.R{r.randrange(20)}" for n in names if n in SPY or r.random() < .3]
    L += ["", "Service Resolver Table:", "  Non-Data Actions:"]
    for s in ("accessibilityservice.AccessibilityService", "service.notification.NotificationListenerService", "net.VpnService", "app.action.DEVICE_ADMIN_ENABLED"):
        L += [f"      android.{s}:"] + [f"        {hx(7)} {n}/.Svc{r.randrange(9)}" for n in names if n in SPY or r.random() < .03]
    L += ["", "Permissions:"] + [x for i in range(a.packages * 3) for x in (f"  Permission [com.vendor.perm.P{i}] ({hx(7)}):", f"    sourcePackage={r.choice(names)}", "    uid=1000 gids=[] type=0 prot=signature|privileged", f"    perm=PermissionInfo{{{hx(7)} com.vendor.perm.P{i}}}")]
    L += ["", "Packages:"]
    for i, n in enumerate(names):
        sysapp = is_system(n); inst = None if sysapp else ("com.google.android.packageinstaller" if n in SPY else "com.android.vending")
        L += [f"  Package [{n}] ({hx(7)}):", f"    userId={10000+i}", f"    pkg=Package{{{hx(7)} {n}}}", f"    codePath={'/system/app/' if sysapp else '/data/app/~~' + hx(10) + '==/'}{n}-{hx(6)}==",
              f"    resourcePath=/data/app/{n}", "    primaryCpuAbi=arm64-v8a", "    secondaryCpuAbi=null", f"    versionCode={r.randrange(10**6)} minSdk=24 targetSdk={22 if n in SPY else r.choice([33,34,35])}", f"    versionName={r.randrange(20)}.{r.randrange(10)}", "    splits=[base]", "    apkSigningVersion=3",
              f"    applicationInfo=ApplicationInfo{{{hx(7)} {n}}}", f"    flags=[ {'SYSTEM ' if sysapp else ''}HAS_CODE ALLOW_CLEAR_USER_DATA ]", "    privateFlags=[ PRIVATE_FLAG_ACTIVITIES_RESIZE_MODE_RESIZEABLE_VIA_SDK_VERSION ]", "    forceQueryable=false", "    queriesPackages=[]", f"    dataDir=/data/user/0/{n}", "    supportsScreens=[small, medium, large, xlarge]", "    timeStamp=2026-01-0%d 10:00:00" % r.randrange(1, 9), "    lastUpdateTime=2026-01-02 10:00:00"]
        if inst: L.append(f"    installerPackageName={inst}")
        L += [f"    signatures=PackageSignatures{{{hx(7)} version:3, signatures:[{hx(8)}], past signatures:[]}}", "    installPermissionsFixed=true", f"    pkgFlags=[ {'SYSTEM ' if sysapp else ''}HAS_CODE ALLOW_CLEAR_USER_DATA ]"]
        req = PERMS if n in SPY else ["POST_NOTIFICATIONS"] if n in CERTS else r.sample(PERMS, r.randrange(1, 10)); ins = INST if n in SPY else r.sample(INST, r.randrange(3, 10))
        L += ["    requested permissions:"] + [f"      android.permission.{p}" for p in req + ins] + [f"      com.vendor.permission.C2D_{k}" for k in range(r.randrange(8))]
        L += ["    install permissions:"] + [f"      android.permission.{p}: granted=true" for p in ins]
        L += [f"    User 0: ceDataInode={r.randrange(10**6)} installed=true hidden=false suspended=false distractionFlags=0 stopped=false notLaunched=false enabled={0 if n not in SPY else 1} instant=false virtual=false", "      firstInstallTime=2025-12-0%d 09:30:00" % r.randrange(1, 9), "      gids=[3002, 3003]", "      runtime permissions:"]
        L += [f"        android.permission.{p}: granted={'true' if n in SPY or r.random()<.5 else 'false'}, flags=[ USER_SET|USER_SENSITIVE_WHEN_GRANTED]" for p in req]
        if n in SPY: L += ["      disabledComponents:", f"        {n}.LauncherActivity"]
        L += ["      enabledComponents:"] + [f"        {n}.C{k}" for k in range(r.randrange(30))]
    return "\n".join(L) + "\n"
def appops():
    L = ["Current AppOps Service state:", "  Settings:", "    top_state_settle_time=+5s0ms", ""]
    for i, n in enumerate(names):
        L += [f"  Uid u0a{i}:", "    state=cch", f"    Package {n}:"]
        for op in ("COARSE_LOCATION", "FINE_LOCATION", "CAMERA", "RECORD_AUDIO", "READ_SMS", "GET_USAGE_STATS", "SYSTEM_ALERT_WINDOW", "REQUEST_INSTALL_PACKAGES", "RUN_IN_BACKGROUND", "WAKE_LOCK"):
            if n in SPY or r.random() < .4:
                L += [f"      {op} (allow / switch {op}=allow):", "          null=[", f"            Access: [bg-s] 2026-01-0{r.randrange(1,9)} 03:1{r.randrange(10)}:11.123 (-1d2h3m) duration=+{r.randrange(99)}ms", "          ]"]
    return "\n".join(L) + "\n"
acc = "ACCESSIBILITY MANAGER (dumpsys accessibility)\n\nUser state[\n     attributes:{id=0, touchExplorationEnabled=false, installedServiceCount=4}\n     Bound services:{}\n     Enabled services:{" + ", ".join("{%s/%s.AccessService}" % (n, n) for n in SPY) + "}\n     Binding services:{}\n     Crashed services:{}\n"
pol = "Current Device Policy Manager state:\n  Enabled Device Admins (User 0, provisioningState: 0):\n" + "".join(f"    {n}/.AdminReceiver:\n      uid={10000+names.index(n)}\n      testOnlyAdmin=false\n      policies:\n        force-lock\n        wipe-data\n" for n in SPY)
notif = "Current Notification Manager state:\n  Notification listeners:\n    All notification listeners (%d) enabled for current profiles:\n" % len(SPY) + "".join(f"      ComponentInfo{{{n}/{n}.NotifListener}}\n" for n in SPY)
def hist(): return "Battery History (3% used, 120KB used of 4096KB):\n" + "\n".join(f"  +{k//60}m{k%60}s{r.randrange(999)}ms (2) 09{k%10} +job=u0a{r.randrange(300)}:\"{r.choice(names)}/.Job\"" for k in range(30000)) + "\n\n"
def daily():
    L = ["Daily stats:"]
    for d in range(9): L += [f"  Daily from 2026-01-0{d} to 2026-01-0{d+1}", "    Package changes:"] + [f"      Update {r.choice(names)} vers={r.randrange(10**6)}" for _ in range(40)]
    return "\n".join(L) + "\n\n"
def dbinfo():
    L = ["Applications Database Info:", ""]
    for i in range(150):
        n = r.choice(names); L += [f"** Database info for pid {1000+i} [{n}] **", "", f"Connection pool for /data/user/0/{n}/databases/x.db:", "  Open: true", "      Most recently executed operations:"]
        L += [f"        {k}: [2026-01-02 12:21:4{k%10}.097] executeForCursorWindow took 1ms - succeeded, sql=\"SELECT id, name FROM table_{k} WHERE x=?\", path=/data/user/0/{n}/databases/x.db" for k in range(20)]
    return "\n".join(L) + "\n"
props = {"ro.product.manufacturer": "TestCo", "ro.product.model": "TC-1", "ro.build.version.release": "14", "ro.build.version.sdk": "34", "ro.build.version.security_patch": "2025-06-01", "persist.sys.timezone": "Europe/Paris", "ro.build.fingerprint": "testco/tc1/tc1:14/X/1:user/release-keys", "ro.boot.verifiedbootstate": "green", "sys.usb.state": "mtp,adb"}
for i in range(700): props[f"vendor.prop.{i}"] = str(r.randrange(999))
getprop = "".join(f"[{k}]: [{v}]\n" for k, v in props.items())
def logcat(target):
    n = 0
    while n < target:
        s = "".join(f"01-0{r.randrange(1,9)} 1{r.randrange(10)}:{r.randrange(10,59)}:{r.randrange(10,59)}.{r.randrange(100,999)}  1000 {r.randrange(900,30000)} {r.randrange(900,30000)} I {r.choice(('ActivityManager','WifiHAL','GnssLocation','chatty','JobScheduler'))}: {r.choice(names)} state {hx(24)} event {hx(12)} took {r.randrange(900)}ms\n" for _ in range(2000))
        n += len(s); yield s
sections = [("accessibility", acc), ("adb", "ADB MANAGER STATE (dumpsys adb):\n{\n  debugging_manager={\n    connected_to_adb=true\n    user_keys=AAAA tester@host\n  }\n}\n"), ("appops", appops()), ("batterystats", hist() + daily()), ("dbinfo", dbinfo()), ("device_policy", pol), ("notification", notif), ("package", package_section()), ("platform_compat", "".join(f"ChangeId({i}; name=C{i}; disabled)\n" for i in range(900)))]
def body():
    yield "========================================================\n== dumpstate: 2026-01-05 10:00:00\n========================================================\n\nBuild: X.1\n------ SYSTEM PROPERTIES (getprop) ------\n" + getprop + "------ 0.01s was the duration of 'SYSTEM PROPERTIES' ------\n"
    used = sum(len(t) for _, t in sections)
    yield "------ SYSTEM LOG (logcat -v threadtime) ------\n"
    yield from logcat(max(0, a.mb * 1_000_000 - used)); yield "------ 3.1s was the duration of 'SYSTEM LOG' ------\n"
    for n, t in sections: yield f"{SEP}\nDUMP OF SERVICE {n}:\n{t}--------- 0.053s was the duration of dumpsys {n}, ending at: 2026-01-05 10:00:01\n"
    yield SEP + "\n"
d = os.path.join(a.out, "bugreport-dir"); os.makedirs(os.path.join(d, "FS/data/tombstones"), exist_ok=True); q = os.path.join(a.out, "androidqf"); os.makedirs(q, exist_ok=True)
fn = "bugreport-tc1-X-2026-01-05.txt"
with open(os.path.join(d, fn), "w") as f:
    for s in body(): f.write(s)
json.dump({"powers": SPY, "certificates": CERTS, "packages": len(names), "seed": a.seed}, open(os.path.join(a.out, "planted.json"), "w"), indent=1)
open(os.path.join(d, "main_entry.txt"), "w").write(fn); open(os.path.join(d, "version.txt"), "w").write("2.0")
with zipfile.ZipFile(os.path.join(a.out, "bugreport.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    for x in ("main_entry.txt", "version.txt", fn):
        entry = zipfile.ZipInfo(x, (2026, 1, 5, 10, 0, 0)); entry.compress_type = zipfile.ZIP_DEFLATED  # no clock in the archive
        with open(os.path.join(d, x), "rb") as f, z.open(entry, "w") as m:
            while chunk := f.read(1 << 20): m.write(chunk)
open(os.path.join(a.out, "dumpsys-package.txt"), "w").write(dict(sections)["package"])
with open(os.path.join(q, "dumpsys.txt"), "w") as f:
    for n, t in sections: f.write(f"{SEP}\nDUMP OF SERVICE {n}:\n{t}--------- 0.053s was the duration of dumpsys {n}, ending at: 2026-01-05 10:00:01\n")
open(os.path.join(q, "getprop.txt"), "w").write(getprop)
for ns, kv in (("global", {"package_verifier_enable": "0", "adb_enabled": "1", "package_verifier_user_consent": "-1"}), ("secure", {"enabled_accessibility_services": ":".join(f"{n}/{n}.AccessService" for n in SPY), "accessibility_enabled": "1", "enabled_notification_listeners": ":".join(f"{n}/{n}.NotifListener" for n in SPY), "install_non_market_apps": "1"}), ("system", {"screen_off_timeout": "60000"})):
    open(os.path.join(q, f"settings_{ns}.txt"), "w").write("".join(f"{k}={v}\n" for k, v in kv.items()))
H = lambda alg, s: hashlib.new(alg, s.encode()).hexdigest()
json.dump([{"name": n, "files": [{"path": f"/data/app/{n}/base.apk", "local_name": "", **{h: H(h, n) for h in ("md5", "sha1", "sha256", "sha512")}, "error": "", "verified_certificate": CERTS.get(n, {}).get("verified", True), "certificate": {"Md5": H("md5", n + "c"), "Sha1": CERTS.get(n, {}).get("sha1") or H("sha1", n + "c"), "Sha256": CERTS.get(n, {}).get("sha256") or H("sha256", n + "c"), "ValidFrom": "2015-01-01T00:00:00Z", "ValidTo": "2045-01-01T00:00:00Z", "Issuer": "CN=x", "Subject": "CN=x", "SignatureAlgorithm": "SHA256-RSA", "SerialNumber": 1}, "certificate_error": "", "trusted_certificate": False}], "installer": "com.google.android.packageinstaller" if n in SPY else ("null" if is_system(n) else "com.android.vending"), "uid": 10000 + i, "disabled": False, "system": is_system(n), "third_party": not is_system(n)} for i, n in enumerate(names)], open(os.path.join(q, "packages.json"), "w"), indent=1)
json.dump([{"path": f"/sdcard/Android/data/{r.choice(names)}/files/{hx(12)}.bin", "size": r.randrange(10**6), "mode": "-rw-rw----", "user_id": 0, "user_name": "", "group_id": 1015, "group_name": "", "changed_time": 1760000000, "modified_time": 1760000000, "access_time": 1760000000, "error": "", "context": "u:object_r:fuse:s0", "sha1": "", "sha256": hx(64), "sha512": "", "md5": ""} for _ in range(40000)], open(os.path.join(q, "files.json"), "w"))
open(os.path.join(q, "processes.txt"), "w").write("USER PID PPID VSZ RSS WCHAN ADDR S NAME\n" + "".join(f"u0_a{i} {2000+i} 700 15000000 90000 0 0 S {n}\n" for i, n in enumerate(names)))
json.dump([], open(os.path.join(q, "root_binaries.json"), "w"))
print({n: len(t) for n, t in sections}, os.path.getsize(os.path.join(d, fn)), os.path.getsize(os.path.join(a.out, "bugreport.zip")))
