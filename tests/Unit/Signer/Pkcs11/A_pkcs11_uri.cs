using CsCheck;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Tests.Unit.Signer.Pkcs11;

public sealed class A_pkcs11_uri
{
    private const string Module = "?module-path=/usr/lib/softhsm/libsofthsm2.so";

    [Fact]
    public void Names_a_token_a_key_and_a_module()
    {
        var uri = Parse("pkcs11:token=My%20token;serial=0a1b;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;slot-id=7;object=caf%c3%a9;id=%01%fF%00" + Module);
        Assert.Equal("My token", uri.Token);
        Assert.Equal("0a1b", uri.Serial);
        Assert.Equal("SoftHSM project", uri.Manufacturer);
        Assert.Equal("SoftHSM v2", uri.Model);
        Assert.Equal(7ul, uri.SlotId);
        Assert.Equal("café", uri.Object);
        Assert.Equal("01ff00", uri.Id);
        Assert.Equal("/usr/lib/softhsm/libsofthsm2.so", uri.ModulePath);
    }

    [Fact]
    public void Names_another_object_of_the_same_token()
    {
        var other = Parse("pkcs11:id=%01;token=My%20token;object=shop;serial=1" + Module).WithObject("rehearsal-1");
        Assert.Equal("pkcs11:token=My%20token;serial=1;object=rehearsal-1" + Module, other.Text);
        Assert.Equal(Parse(other.Text), other);
    }

    [Theory]
    [InlineData("PKCS11:serial=1;id=%00")]
    [InlineData("pkcs11:slot-id=0;object=a&b")]
    [InlineData("pkcs11:object=a=b:[]@!$'()*+,-._~;token=t")]
    public void Needs_no_more_than_a_token_and_a_key(string text) => Assert.Equal(text + Module, Parse(text + Module).ToString());

    [Fact]
    public void Equals_another_of_the_same_text() =>
        Assert.Equal(Parse("pkcs11:token=t;object=k" + Module), Parse("pkcs11:token=t;object=k" + Module));

    [Theory]
    [InlineData(null, "begin with pkcs11:")]
    [InlineData("", "begin with pkcs11:")]
    [InlineData("file:/etc/passwd", "begin with pkcs11:")]
    [InlineData("pkcs11:", "module-path")]
    [InlineData("pkcs11:token=t;object=k", "module-path")]
    [InlineData("pkcs11:token=t;object=k?module-path=lib.so", "absolute")]
    [InlineData("pkcs11:token=t;object=k?module-path=", "1 to 1024")]
    [InlineData("pkcs11:object=k" + Module, "name the token")]
    [InlineData("pkcs11:token=t" + Module, "name the key")]
    [InlineData("pkcs11:token=t;object=k;" + Module, "name=value")]
    [InlineData("pkcs11:token=t;object" + Module, "name=value")]
    [InlineData("pkcs11:token=t;=k" + Module, "name=value")]
    [InlineData("pkcs11:token=t;object=" + Module, "object must have 1 to 255")]
    [InlineData("pkcs11:token=t;token=u;object=k" + Module, "token is given twice")]
    [InlineData("pkcs11:token=t;object=k" + Module + "&module-path=/b", "module-path is given twice")]
    [InlineData("pkcs11:token=t;object=k;colour=red" + Module, "unknown here: colour")]
    [InlineData("pkcs11:Token=t;object=k" + Module, "unknown here: Token")]
    [InlineData("pkcs11:token=t;object=k;module-path=/lib.so", "unknown here: module-path")]
    [InlineData("pkcs11:token=t" + Module + "&object=k", "unknown here: object")]
    [InlineData("pkcs11:token=t;object=k%" + Module, "percent")]
    [InlineData("pkcs11:token=t;object=k%2" + Module, "percent")]
    [InlineData("pkcs11:token=t;object=k%2g" + Module, "percent")]
    [InlineData("pkcs11:token=My token;object=k" + Module, "percent")]
    [InlineData("pkcs11:token=a/b;object=k" + Module, "percent")]
    [InlineData("pkcs11:token=é;object=k" + Module, "percent")]
    [InlineData("pkcs11:token=t;object=k#x" + Module, "percent")]
    [InlineData("pkcs11:token=%ff;object=k" + Module, "UTF-8")]
    [InlineData("pkcs11:token=a%00;object=k" + Module, "UTF-8")]
    [InlineData("pkcs11:token=a;object=k?module-path=/a%0ab", "UTF-8")]
    [InlineData("pkcs11:token=123456789012345678901234567890123;object=k" + Module, "1 to 32")]
    [InlineData("pkcs11:serial=12345678901234567;object=k" + Module, "1 to 16")]
    [InlineData("pkcs11:slot-id=-1;object=k" + Module, "decimal")]
    [InlineData("pkcs11:slot-id=0x1;object=k" + Module, "decimal")]
    [InlineData("pkcs11:slot-id=18446744073709551616;object=k" + Module, "decimal")]
    public void Is_refused_with_its_reason_when_malformed(string? text, string reason)
    {
        Assert.False(Pkcs11Uri.TryParse(text, out var uri, out var fault));
        Assert.Null(uri);
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkcs11:token=t;object=k" + Module + "&pin-value=481516")]
    [InlineData("pkcs11:token=t;object=k" + Module + "&pin-source=file:481516")]
    [InlineData("pkcs11:token=t;object=k;pin-value=481516" + Module)]
    public void Carries_no_pin_and_does_not_repeat_it(string text)
    {
        Assert.False(Pkcs11Uri.TryParse(text, out _, out var fault));
        Assert.Contains("not taken", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("481516", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_bounded_in_length() =>
        Assert.False(Pkcs11Uri.TryParse("pkcs11:token=" + new string('a', Pkcs11Uri.MaximumLength), out _, out _));

    [Fact]
    public void Of_any_characters_never_throws() =>
        Gen.String[Gen.Char["pkcs1:;?&=%token-iduslbjm/aF0 \0é\ud800"], 0, 60].Sample(rest =>
            Pkcs11Uri.TryParse("pkcs11:" + rest, out var uri, out var fault) ? uri is not null && fault is null : uri is null && fault!.Length > 0);

    private static Pkcs11Uri Parse(string text)
    {
        Assert.True(Pkcs11Uri.TryParse(text, out var uri, out var fault), fault);
        return uri!;
    }
}
