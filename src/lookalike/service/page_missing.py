"""What a browser finds at the service's address where the page was not built: how to go on from a shell."""

from __future__ import annotations

MISSING = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Lookalike</title>
</head>
<body>
<main>
<h1>Lookalike runs here</h1>
<p>Its web page was not built (<code>make web</code> does it); it is worked with from a shell, from Python, or
by its API.</p>
<h2>Making the first account</h2>
<p>The code is what stands behind <code>#setup=</code> in this page's address, if this is the address that was
printed when the service started.</p>
<pre>
curl -s ADDRESS/api/setup -H 'content-type: application/json' \\
  -d '{"code": "CODE", "login": "ada", "password": "A LONG PASSWORD", "refreshIn": "body"}'
</pre>
<h2>A token for scripts</h2>
<p>With the <code>accessToken</code> of that answer:</p>
<pre>
curl -s ADDRESS/api/tokens -H 'authorization: Bearer ACCESSTOKEN' \\
  -H 'content-type: application/json' -d '{"name": "my shell", "scopes": ["read", "write"]}'
export LOOKALIKE_URL=ADDRESS LOOKALIKE_TOKEN=TOKEN
lookalike datasets --help
</pre>
<p>All that can be asked is described in <a href="/api/openapi.json">the API's own description</a>.</p>
</main>
</body>
</html>
"""
