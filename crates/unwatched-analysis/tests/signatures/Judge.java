// One Java process for all that the tests ask of Debian's apksigner: signing, making keys, and its
// verdict over files, for a start of Java takes longer than all of these. A request is a line of
// words with tabs between them; so is each answer.

import com.android.apksig.ApkVerifier;
import com.android.apksigner.ApkSignerTool;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipFile;
import jdk.security.jarsigner.JarSigner;
import sun.security.tools.keytool.CertAndKeyGen;
import sun.security.x509.X500Name;

public final class Judge {
    private static final int[] LEVELS = {24, 28, 33};

    public static void main(String[] none) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split("\t", -1);
            String[] rest = Arrays.copyOfRange(words, 1, words.length);
            String answer;
            try {
                answer = switch (words[0]) {
                    case "key" -> key(rest);
                    case "apksigner" -> apksigner(rest);
                    case "jarsigner" -> jarsigner(rest);
                    case "sign" -> sign(rest);
                    case "judge" -> judge(rest[0]);
                    default -> throw new IllegalArgumentException(words[0]);
                };
            } catch (Throwable thrown) {
                answer = "failed\t" + thrown.toString().replace('\n', ' ').replace('\t', ' ');
            }
            answers.println(answer);
            answers.flush();
        }
    }

    /** KIND BITS CERTIFICATE-ALGORITHM NAME KEY-FILE CERTIFICATE-FILE */
    private static String key(String[] words) throws Exception {
        CertAndKeyGen pair = new CertAndKeyGen(words[0], words[2]);
        pair.generate(Integer.parseInt(words[1]));
        X509Certificate certificate =
                pair.getSelfCertificate(new X500Name("CN=" + words[3]), 20L * 365 * 24 * 3600);
        Files.write(Path.of(words[4]), pair.getPrivateKey().getEncoded());
        Files.write(Path.of(words[5]), certificate.getEncoded());
        return "ok\t" + HexFormat.of().formatHex(certificate.getPublicKey().getEncoded());
    }

    private static String apksigner(String[] words) throws Exception {
        ApkSignerTool.main(words);
        return "ok";
    }

    /** KEY-KIND KEY-FILE CERTIFICATE-FILE DIGEST SIGNATURE-ALGORITHM NAME SECTIONS-ONLY IN OUT */
    private static String jarsigner(String[] words) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        byte[] der = Files.readAllBytes(Path.of(words[2]));
        var path = factory.generateCertPath(
                List.of(factory.generateCertificate(new ByteArrayInputStream(der))));
        JarSigner.Builder signer = new JarSigner.Builder(privateKey(words[0], words[1]), path)
                .digestAlgorithm(words[3])
                .signerName(words[5])
                .setProperty("sectionsonly", words[6]);
        if (!words[4].isEmpty()) {
            signer.signatureAlgorithm(words[4]);
        }
        try (ZipFile in = new ZipFile(words[7]); FileOutputStream out = new FileOutputStream(words[8])) {
            signer.build().sign(in, out);
        }
        return "ok";
    }

    /** KEY-KIND KEY-FILE ALGORITHM DATA */
    private static String sign(String[] words) throws Exception {
        boolean pss = words[2].startsWith("PSS");
        Signature signature = Signature.getInstance(pss ? "RSASSA-PSS" : words[2]);
        if (pss) {
            int bits = Integer.parseInt(words[2].substring(3));
            String hash = "SHA-" + bits;
            signature.setParameter(new PSSParameterSpec(
                    hash, "MGF1", new MGF1ParameterSpec(hash), bits / 8, 1));
        }
        signature.initSign(privateKey(words[0], words[1]));
        signature.update(HexFormat.of().parseHex(words[3]));
        return "ok\t" + HexFormat.of().formatHex(signature.sign());
    }

    private static PrivateKey privateKey(String kind, String file) throws Exception {
        byte[] encoded = Files.readAllBytes(Path.of(file));
        return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    private static String judge(String file) {
        List<String> verdicts = new ArrayList<>();
        String why = "";
        for (int level : LEVELS) {
            try {
                ApkVerifier.Result result = new ApkVerifier.Builder(new File(file))
                        .setMinCheckedPlatformVersion(level)
                        .build()
                        .verify();
                verdicts.add(result.isVerified() ? "yes" : "no");
                if (!result.isVerified() && why.isEmpty()) {
                    why = reasons(result);
                }
            } catch (Throwable thrown) {
                verdicts.add("no");
                why = why.isEmpty() ? "threw " + thrown : why;
            }
        }
        return String.join("\t", verdicts) + "\t" + why.replace('\n', ' ').replace('\t', ' ');
    }

    private static String reasons(ApkVerifier.Result result) {
        List<String> reasons = new ArrayList<>();
        result.getErrors().forEach(error -> reasons.add(error.getIssue().name()));
        result.getV1SchemeSigners().forEach(
                signer -> signer.getErrors().forEach(error -> reasons.add(error.getIssue().name())));
        result.getV2SchemeSigners().forEach(
                signer -> signer.getErrors().forEach(error -> reasons.add(error.getIssue().name())));
        result.getV3SchemeSigners().forEach(
                signer -> signer.getErrors().forEach(error -> reasons.add(error.getIssue().name())));
        return String.join(" ", reasons);
    }
}
