"""What web servers' listings of directories hold, and which pages are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.parse.listing import listing

URL = "https://sig.meudon.example/waf/"

APACHE_TABLE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /waf</title></head><body><h1>Index of /waf</h1>
<table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th>
<th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th></tr>
<tr><td></td><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td></td><td><a href="voirie/">voirie/</a></td><td align="right">2024-05-02 10:11  </td><td>  - </td></tr>
<tr><td></td><td><a href="arbres.ttl">arbres.ttl</a></td><td align="right">2024-05-02 10:11  </td><td>1.2K</td></tr>
<tr><td></td><td><a href="b%C3%A2timents.rdf">bâtiments.rdf</a></td><td>2024-05-02 10:11</td><td>12K</td></tr>
</table><address>Apache/2.4.57 (Debian) Server at sig.meudon.example Port 443</address></body></html>"""
APACHE_PRE = """<html><head><title>Index of /waf</title></head><body><h1>Index of /waf</h1>
<ul><li><a href="/"> Parent Directory</a></li><li><a href="voirie/"> voirie/</a></li>
<li><a href="arbres.ttl"> arbres.ttl</a></li><li><a href="b%C3%A2timents.rdf"> b..</a></li></ul></body></html>"""
NGINX = """<html>
<head><title>Index of /waf/</title></head>
<body>
<h1>Index of /waf/</h1><hr><pre><a href="../">../</a>
<a href="voirie/">voirie/</a>                                            02-May-2024 10:11                   -
<a href="arbres.ttl">arbres.ttl</a>                                         02-May-2024 10:11                1204
<a href="b%C3%A2timents.rdf">bâtiments.rdf</a>                                      02-May-2024 10:11               12041
</pre><hr></body>
</html>"""
IIS = """<html><head><title>sig.meudon.example - /WAF/</title></head><body><H1>sig.meudon.example - /WAF/</H1><hr>
<pre><A HREF="/">[To Parent Directory]</A><br><br>
 5/2/2024 10:11 AM        &lt;dir&gt; <A HREF="/WAF/voirie/">voirie</A><br>
 5/2/2024 10:11 AM         1204 <A HREF="/WAF/arbres.ttl">arbres.ttl</A><br>
 5/2/2024 10:11 AM        12041 <A HREF="/WAF/bâtiments.rdf">bâtiments.rdf</A><br></pre><hr></body></html>"""
PYTHON = """<!DOCTYPE HTML>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Directory listing for /waf/</title>
</head>
<body>
<h1>Directory listing for /waf/</h1>
<hr>
<ul>
<li><a href=".git/">.git/</a></li>
<li><a href="voirie/">voirie/</a></li>
<li><a href="arbres.ttl">arbres.ttl</a></li>
<li><a href="b%C3%A2timents.rdf">bâtiments.rdf</a></li>
</ul>
<hr>
</body>
</html>"""
LIGHTTPD = """<!DOCTYPE html><html><head><title>Index of /waf/</title></head><body>
<h2>Index of /waf/</h2><div class="list"><table summary="Directory Listing" cellpadding="0" cellspacing="0">
<thead><tr><th class="n">Name</th><th class="m">Last Modified</th><th class="s">Size</th><th class="t">Type</th></tr></thead>
<tbody><tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td><td class="s">- &nbsp;</td></tr>
<tr class="d"><td class="n"><a href="voirie/">voirie</a>/</td><td class="m">2024-May-02 10:11:12</td><td>-</td></tr>
<tr><td class="n"><a href="arbres.ttl">arbres.ttl</a></td><td class="m">2024-May-02 10:11:12</td><td>1.1K</td></tr>
<tr><td class="n"><a href="b%C3%A2timents.rdf">b</a></td><td class="m">2024-May-02 10:11:12</td><td>11.7K</td></tr>
</tbody></table></div><div class="foot">lighttpd/1.4.69</div></body></html>"""
CADDY = """<!DOCTYPE html><html><head><title>waf</title></head><body><header><h1><a href="/">/</a>waf</h1></header>
<main><div class="listing"><table><thead><tr><th></th><th><a href="?sort=namedirfirst&amp;order=desc">Name</a></th>
<th><a href="?sort=size&amp;order=asc">Size</a></th></tr></thead><tbody>
<tr><td><a href=".."><span class="goup">Up</span></a></td></tr>
<tr class="file"><td><a href="./voirie/"><span class="name">voirie</span></a></td></tr>
<tr class="file"><td><a href="./arbres.ttl"><span class="name">arbres.ttl</span></a></td></tr>
<tr class="file"><td><a href="./b%C3%A2timents.rdf"><span class="name">bâtiments.rdf</span></a></td></tr>
</tbody></table></div></main></body></html>"""
SERVERS = {
    "Apache": APACHE_TABLE,
    "Apache, without columns": APACHE_PRE,
    "nginx": NGINX,
    "Python": PYTHON,
    "lighttpd": LIGHTTPD,
    "Caddy": CADDY,
}


def urls(page: str, url: str = URL) -> list[str] | None:
    held = listing(page.encode(), url)
    return None if held is None else [item.url for item in held]


@pytest.mark.parametrize("server", SERVERS)
def test_a_listing_gives_its_files_and_sub_directories_and_nothing_else(server: str) -> None:
    assert urls(SERVERS[server]) == [
        URL + "voirie/",
        URL + "arbres.ttl",
        URL + "b%C3%A2timents.rdf",
    ]


def test_iis_spells_the_directory_as_it_likes() -> None:
    assert urls(IIS) == [URL + "voirie/", URL + "arbres.ttl", URL + "b%C3%A2timents.rdf"]


def test_an_older_lighttpd_writes_xhtml() -> None:
    page = LIGHTTPD.replace(
        "<!DOCTYPE html>", '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>'
    )
    assert urls(page) == urls(LIGHTTPD)


def test_suffixes_are_those_of_what_is_inside_a_compressed_file() -> None:
    held = listing(NGINX.replace("arbres.ttl", "arbres.TTL.gz").encode(), URL)
    assert held is not None
    assert [item.suffix for item in held] == ["", ".ttl", ".rdf"]
    assert [item.is_directory for item in held] == [True, False, False]


@pytest.mark.parametrize(
    "link",
    [
        "https://autre.example/waf/x.ttl",
        "//autre.example/waf/x.ttl",
        "/x.ttl",
        "../x.ttl",
        "../../waf2/x.ttl",
        "a/b/x.ttl",
        "..%2Fx.ttl",
        "x.ttl?download=1",
        "#x.ttl",
        "javascript:alert(1)",
        "file:///etc/x.ttl",
        ".x.ttl",
        "http://[x.ttl",
        "ftp://sig.meudon.example/waf/x.ttl",
    ],
)
def test_nothing_above_nothing_elsewhere_and_nothing_hidden_is_followed(link: str) -> None:
    assert urls(NGINX.replace("arbres.ttl", link)) == [URL + "voirie/", URL + "b%C3%A2timents.rdf"]


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html><title>Nos données</title><ul><li><a href='arbres.ttl'>Arbres</a></ul>",
        "<html><head><title>Connexion</title></head><body><form></form></body></html>",
        "<html><title>Index of prices</title><body><p>Voir <a href='prix.ttl'>ici</a></p></body></html>",
        "<html><title>Catalogue</title><table><tr><th>Jeu</th><th>Last modified</th></tr>"
        "<tr><td><a href='a.ttl'>a</a></td><td>2024</td></tr></table></html>",
        "<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
        "@prefix dct: <http://purl.org/dc/terms/> .",
        "<html>",
        "",
    ],
)
def test_an_ordinary_page_is_no_listing(page: str) -> None:
    assert urls(page) is None


@settings(max_examples=300)
@given(st.text(max_size=200), st.sampled_from(sorted(SERVERS)), st.text(max_size=60))
def test_no_link_however_written_leads_out_of_the_directory(
    text: str, server: str, url: str
) -> None:
    page = SERVERS[server].replace("arbres.ttl", text)
    for found in urls(page) or ():
        assert found.startswith(URL)
        assert "/" not in found.removeprefix(URL).removesuffix("/")
    listing(b"<html>" + text.encode("utf-8", "replace"), URL + url)
