# Sourced from the top of the checkout: installs the pinned packages of the npm
# registry into .cache/redocly once, and puts their programs on the path. Redocly needs
# Node.js 20.19 or newer; an older one, such as Debian's, serves to install a newer one.
cache=.cache/redocly
packages=(@redocly/cli@2.77.0 yaml@2.9.1)

if ! command -v npm >/dev/null; then
	echo 'Node.js and npm are needed here; on Debian: apt-get install nodejs npm' >&2
	exit 2
fi
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a >= 22 || a == 20 && b >= 19 ? 0 : 1)'; then
	packages+=(node@22.21.1)
fi
if [[ "$(cat $cache/installed 2>/dev/null)" != "${packages[*]}" ]]; then
	mkdir -p $cache
	npm install --loglevel error --no-audit --no-fund --no-save --prefix $cache "${packages[@]}"
	echo "${packages[*]}" >$cache/installed
fi
PATH="$PWD/$cache/node_modules/node/bin:$PWD/$cache/node_modules/.bin:$PATH"
