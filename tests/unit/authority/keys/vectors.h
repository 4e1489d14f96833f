/* vectors.h - published keys and what they sign: RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A, RFC 7638 section 3.1. Keys are PKCS #8 made
 * of their JWKs; the last two are of kinds that we do not take. All base64url. */
#ifndef SPOM_TESTS_KEYS_VECTORS_H
#define SPOM_TESTS_KEYS_VECTORS_H

static const char RFC7515_A2_KEY[] =
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh-BYK4uPJtGXOjS1lYmM2K5J9vinh8CR3_BYlzJChNuOL"
    "2TSXxbbqY913EeZ8dCn5VrD7io8ImtxLaYk8wTM_U-3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn"
    "juygxmj3AbONv_s4yDQs4v5tJ_reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5ROjtZMEQxrZHYJqkeDrrnGya11UxMFBj"
    "i4NmXG9veoKjlnAqH2QbgtPr8jkiGUkftoaHLFcW9Qr4NY2ai50Xw0Byj3-H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg"
    "VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeX"
    "Zx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj"
    "kn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl"
    "_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K"
    "pLttoLhyt3SmqdEf_kgHePDdtzEafpAu-cS191R2JiuoF2yzWXnwFDcqGigp5BNr0AHQfD8_Lk8l1Mk09jxxCfui5nYooNya"
    "c8YFjm3vItzVCVDnEd3BbVWG8qf6deqElMGAg-C2V0L4oNXnP7LZcPAZRwKBgQC5A8R-CZW2MvRTLLHzwZkUXV866cff7tx6"
    "kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAPrq3rbAOal78eUH5OcED6eNuCV8ixEu1e"
    "WcPNCS_l1OW1EnXUEoEHKl54Xrrz2uNwkgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7_Ls5bkUp"
    "5u9SN0Ai3Ya6hNnvWJMb7sXQX6U_zyO2M_hTip7tUeh7CXgwo59dkpN75gJLVds29-DAncu3KXU4f2Fa-7bLNrur53k8KwPO"
    "q2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf_evpitUf-4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG"
    "yoAe9fa65iNqCq-jdw6PVNGo2hxfjSiZ8IIzHdsPXI89__pMjZcQK9r-CCoRjaZjOYiIDktVWZzmevJuv6WywUqd57LE3Zar"
    "3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3"
    "ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U";
static const char RFC7515_A3_KEY[] =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LKhRANC"
    "AAR_zc4ncPbEXUGDy-5v20t7WAczNXvp7xO6z248e9FURcfxRM0bvZt-hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt";
static const char RFC8037_A1_KEY[] = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v_VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
static const char SMALL_KEY[] =
    "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAOhzVGXO5LFDQDElL8FxOo-NIofYGhvgCNRAL4mhG2KWwmL_"
    "GStzhzTJQLcXPMn2VY9kad6Jkw0m4kxTKDQbjgukNPwUC9jKXhqYuhxk1tosRRRwcX3BJH9fxhwtiRZ91_1PzIc1DLXjMWF3"
    "yzR9ZHb0R9Na251ZqUUWhglk6o25AgMBAAECgYBJNtokXvAFLStwz0elZCaPxGJV6yj-Eqh1Qeo3LTlU6is7xyGEYBT7-U-a"
    "24TYD_CPA4-c-jQI9nBcneyRzQQF6Pjs1LwxHX0W5pes4u4AgSXR49bnbL2zFDadsrn6bq67dB13Kd47hQjoZise3_ln_fmW"
    "NBWbc6YwrusOnJLTIQJBAPeS6mLIVj4LPdbF2_uxSPDHXKH_U4x0w473f8Q6tOvpHtjp7b8nlDRRdC3H77DX5L2UCfCUE2vj"
    "8vBeHgC0EOUCQQDwXKVN1mAGdH3QCRffsqiIoHrkfJdyNfMBU7vrmsMwifcokXNLthYb23ggnwYOf7kjdbNeYD_GT_hSHIpW"
    "ugBFAkEAgcHpwP55XSltLt0jEEb6EOCcp3d4JbypJoyH1aRjYOYdOdlZt3-aCNXMS5ZoBUsSY15s2z_w8fJWSS87EGlQFQJA"
    "eYovYEudZMY09CQU-V2K0QNtAOprXiofhbVEmd85AetRmibqSQd66H0yojQnSN-Wy3Jxz7AVr36yjzq1TSNijQJBANAWxq1k"
    "nSe3RBPMm28yUxQKVvHzmInFr4g28Xk8KndEobl1dbDWS31BsbYUpCc5-fJGgUB7t9xexW9td2m3kIA";
static const char P384_KEY[] =
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDFgyEzUki1hJynr2B_Vn2wnUQfYkW3WZX6_M9kdw_e3SQHAugO"
    "mRPR7CSYrGBrKLmhZANiAASF6bWpxyUAwxP5dQctRDWX9sUWVTP8d2h825RLA3m2vLvp3PpOeqOEc7DLTzurZrSwut8MpBy6"
    "WQ8O4lCEJBR-dVl-eiazPVJdiLLFrqJ77De_O8fTgpPIhIdFkjWFzcs";

/* The payload of RFC 7515 appendix A. */
#define CLAIMS "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
static const char RFC7515_A2_TOKEN[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
    "p0igcN_IoypGlUPQGe77Rw";
static const char RFC7515_A3_TOKEN[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char RFC8037_A4_TOKEN[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

static const char RFC7638_MODULUS[] = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7"
				      "aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
				      "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
				      "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
				      "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
				      "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
				      "kEgU8awapJzKnqDKgw";

#endif
