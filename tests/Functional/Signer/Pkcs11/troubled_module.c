/* A PKCS#11 module that passes every call on to SoftHSM, and has the troubles that real tokens have: CONTROL holds them,
   one a line, as "C_Function trouble value", the value hexadecimal; CONTROL.calls gets the names of the functions called.

   delay MS     waits before the call
   return RV    returns that CKR_ and makes no call
   once RV      the same, the first time only
   hide CKM     C_GetMechanismInfo does not know that mechanism
   flags CKF    C_GetTokenInfo has these as well
   single 0     C_FindObjects gives one object at a time
   zero CKA     C_GetAttributeValue gives that attribute as zeroes

   CONTROL and SOFTHSM are given to the compiler. All arguments of PKCS#11 are words or pointers. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);
struct functions { word version; call at[68]; };

static struct functions *real, ours;

static int trouble(const char *function, const char *kind, word *value, int once_each)
{
    char name[64], what[64];
    word number;
    int found = 0;
    FILE *control = fopen(CONTROL, "r");
    if (!control)
        return 0;
    while (!found && fscanf(control, "%63s %63s %lx", name, what, &number) == 3)
        if (!strcmp(name, function) && !strcmp(what, kind)) {
            char mark[4096];
            int file = 0;
            snprintf(mark, sizeof mark, "%s.%s.%lx", CONTROL, function, number);
            if (once_each && (file = open(mark, O_CREAT | O_EXCL | O_WRONLY, 0600)) < 0)
                continue;
            if (once_each)
                close(file);
            *value = number;
            found = 1;
        }
    fclose(control);
    return found;
}

static word pass(const char *function, int index, word a, word b, word c, word d, word e, word f)
{
    word value, result;
    FILE *calls = fopen(CONTROL ".calls", "a");
    if (calls) {
        fprintf(calls, "%s\n", function);
        fclose(calls);
    }
    if (trouble(function, "delay", &value, 0))
        usleep(value * 1000);
    if (trouble(function, "return", &value, 0) || trouble(function, "once", &value, 1))
        return value;
    if (trouble(function, "hide", &value, 0) && value == b)
        return 0x70;
    if (trouble(function, "single", &value, 0) && c > 1)
        c = 1;
    result = real->at[index](a, b, c, d, e, f);
    if (trouble(function, "flags", &value, 0) && result == 0)
        *(word *)(b + 96) |= value;
    if (trouble(function, "zero", &value, 0) && result == 0 && ((word *)c)[0] == value && ((word *)c)[1])
        memset((void *)((word *)c)[1], 0, ((word *)c)[2]);
    return result;
}

#define PASS(name, index) \
    static word name(word a, word b, word c, word d, word e, word f) { return pass(#name, index, a, b, c, d, e, f); }
PASS(C_Initialize, 0)
PASS(C_Finalize, 1)
PASS(C_GetSlotList, 4)
PASS(C_GetTokenInfo, 6)
PASS(C_GetMechanismInfo, 8)
PASS(C_OpenSession, 12)
PASS(C_Login, 18)
PASS(C_CreateObject, 20)
PASS(C_GetAttributeValue, 24)
PASS(C_FindObjects, 27)
PASS(C_Decrypt, 34)
PASS(C_WrapKey, 60)

word C_GetFunctionList(struct functions **list)
{
    if (!real) {
        void *library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
        word (*get)(struct functions **) = library ? (word (*)(struct functions **))dlsym(library, "C_GetFunctionList") : 0;
        if (!get || get(&real))
            return 5;
        ours = *real;
        ours.at[0] = C_Initialize;
        ours.at[1] = C_Finalize;
        ours.at[4] = C_GetSlotList;
        ours.at[6] = C_GetTokenInfo;
        ours.at[8] = C_GetMechanismInfo;
        ours.at[12] = C_OpenSession;
        ours.at[18] = C_Login;
        ours.at[20] = C_CreateObject;
        ours.at[24] = C_GetAttributeValue;
        ours.at[27] = C_FindObjects;
        ours.at[34] = C_Decrypt;
        ours.at[60] = C_WrapKey;
    }
    *list = &ours;
    return 0;
}
