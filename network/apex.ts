/** What another site at the accounts' domain has to pass on, where the apex is elsewhere. */

/** Other servers ask the accounts' domain for these (https://docs.joinmastodon.org/admin/config/, WEB_DOMAIN). */
export const APEX_PATHS = ['webfinger', 'host-meta', 'nodeinfo'].map((name) => `/.well-known/${name}`);

/** What they need for that, by what serves the site: lines for its configuration. */
export function apexLines(webDomain: string): Readonly<Record<string, string>> {
  const site = `https://${webDomain}`;
  return {
    'nginx, in the server of the site': `\
location ~ ^/\\.well-known/(webfinger|host-meta|nodeinfo)$ {
    add_header Access-Control-Allow-Origin * always;
    return 301 ${site}$request_uri;
}`,
    'Caddy, in the block of the site': `\
@mastodon path ${APEX_PATHS.join(' ')}
header @mastodon Access-Control-Allow-Origin *
redir @mastodon ${site}{uri} permanent`,
    'Apache, in the virtual host or .htaccess': `\
RedirectMatch 301 "^/\\.well-known/(webfinger|host-meta|nodeinfo)$" "${site}/.well-known/$1"`,
    'a static host that reads _redirects (Netlify, Cloudflare Pages)': APEX_PATHS.map(
      (path) => `${path} ${site}${path} 301`,
    ).join('\n'),
  };
}
