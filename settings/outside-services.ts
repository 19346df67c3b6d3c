/** The settings of services elsewhere that Mastodon uses. */
import { z } from 'zod';
import { matching, oneOf, secret, text, type Variables } from './kinds';
import { RATIO, URL_KIND } from './mastodon-variables/kinds';

/** `https://search.example.net:9200` → its parts. URL leaves a port out that is the scheme's own. */
function searchParts(address: string) {
  const [, scheme = '', host = '', port = '9200'] = /^(https?):\/\/([^/:@?#]+|\[[^\]]+\])(?::(\d+))?$/.exec(address) ?? [];
  return { host: scheme === 'https' ? `https://${host}` : host, port };
} // prettier-ignore

const searchAddress = text((given) =>
  URL_KIND.schema.safeParse(given).success && searchParts(given).host !== ''
    ? undefined
    : 'expected https:// (or http://), a host and its port, such as https://search.example.net:9200, without a path, a user or a slash at the end, and not the machine itself',
);

export const search = z
  .strictObject({
    address: searchAddress.meta({
      description: 'Address of an Elasticsearch or OpenSearch. Its port is 9200 where none is said.',
      examples: ['https://search.example.net:9200'],
      variables: {
        ES_ENABLED: () => 'true',
        ES_HOST: (address) => searchParts(address).host,
        ES_PORT: (address) => searchParts(address).port,
      } satisfies Variables<string>,
    }),
    user: text().optional().meta({ description: 'User there.', examples: ['mastodon'], derived: 'none', variable: 'ES_USER' }),
    password: secret.optional().meta({ description: 'Password there.', derived: 'none', secret: true, variable: 'ES_PASS' }),
    prefix: matching(/^[a-z0-9][a-z0-9_-]*$/, 'expected small letters, digits, - and _').optional().meta({
      description: 'What the names of the indices begin with, where several servers share a search.',
      examples: ['toot'],
      derived: 'none',
      variable: 'ES_PREFIX',
    }),
  })
  .optional()
  .meta({
    description: 'A search of posts, people and hashtags, which runs elsewhere. The indices are filled with `bin/mastodon tootctl search deploy`.',
    derived: 'none: names and hashtags are found by their beginning',
  }); // prettier-ignore

const deepl = z
  .strictObject({
    apiKey: secret.meta({ description: 'Key at DeepL.', secret: true, variable: 'DEEPL_API_KEY' }),
    plan: oneOf(['free', 'pro']).optional().meta({
      description: 'Plan at DeepL: each has an address of its own.',
      derived: '`free` where the key ends with `:fx`, else `pro`',
      variable: 'DEEPL_PLAN',
    }),
  })
  .optional()
  .meta({ description: 'DeepL translates.', derived: 'none' });

const libreTranslate = z
  .strictObject({
    // Mastodon puts /translate behind it.
    endpoint: text((given) =>
      URL_KIND.schema.safeParse(given).success && !given.endsWith('/')
        ? undefined
        : 'expected an address such as https://translate.example.net, without a slash at the end, and not the machine itself',
    ).meta({ description: 'Address of a LibreTranslate.', examples: ['https://translate.example.net'], variable: 'LIBRE_TRANSLATE_ENDPOINT' }),
    apiKey: secret.optional().meta({ description: 'Key there.', derived: 'none', secret: true, variable: 'LIBRE_TRANSLATE_API_KEY' }),
  })
  .optional()
  .meta({ description: 'A LibreTranslate translates.', derived: 'none' }); // prettier-ignore

export const translation = z.strictObject({ deepl, libreTranslate }).optional().meta({
  description: 'Who translates posts, where a person asks for it: one of the two.',
  derived: 'none',
});

export const captcha = z
  .strictObject({
    siteKey: text().meta({ description: 'Site key at hCaptcha.', examples: ['10000000-ffff-ffff-ffff-000000000001'], variable: 'HCAPTCHA_SITE_KEY' }),
    secretKey: secret.meta({ description: 'Secret key at hCaptcha.', secret: true, variable: 'HCAPTCHA_SECRET_KEY' }),
  })
  .optional()
  .meta({
    description: 'hCaptcha, which people can be made to pass who sign up: `captcha_enabled` in server.yaml, or in the web interface, turns it on.',
    derived: 'none',
  }); // prettier-ignore

export const cacheBuster = z
  .strictObject({
    method: oneOf(['GET', 'POST', 'PURGE', 'DELETE']).default('GET').meta({ description: 'Method of the request.', variable: 'CACHE_BUSTER_HTTP_METHOD' }),
    header: matching(/^[A-Za-z0-9-]+$/, 'expected the name of a header: letters, digits and -').meta({
      description: 'Header of the request that carries the secret.',
      examples: ['X-Purge'],
      variable: 'CACHE_BUSTER_SECRET_HEADER',
    }),
    secret: secret.meta({ description: 'That secret.', secret: true, variable: 'CACHE_BUSTER_SECRET' }),
  })
  .optional()
  .meta({
    description: "A request for each deleted file to its own address, so that a cache elsewhere, in front of `mediaDomain`, forgets it.",
    derived: 'none: nginx of the machine needs none',
    variables: { CACHE_BUSTER_ENABLED: () => 'true' } satisfies Variables<unknown>,
  }); // prettier-ignore

export const traces = z
  .strictObject({
    endpoint: URL_KIND.schema.meta({
      description: 'Address that takes OTLP over HTTP; `/v1/traces` is put behind it.',
      examples: ['https://otlp.example.net'],
      variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    }),
    headers: secret.optional().meta({
      description: 'Headers of each request, as `name=value` with commas: most services want a key so.',
      derived: 'none',
      secret: true,
      variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    }),
    share: RATIO.schema.refine((given) => Number(given) > 0 && Number(given) <= 1, 'expected a number above 0, at most 1, such as 0.05').optional().meta({
      description: 'Share of the requests and jobs that is traced.',
      examples: ['0.05'],
      derived: 'all',
      variables: { OTEL_TRACES_SAMPLER: () => 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: (share) => share } satisfies Variables<string>,
    }),
  })
  .optional()
  .meta({ description: 'Traces of web and Sidekiq, sent with OpenTelemetry. They hold what people ask for.', derived: 'none' }); // prettier-ignore
