# frozen_string_literal: true

module Community
  # Addresses that get Mastodon's events. Mastodon makes the secret, and keeps it.
  class Webhooks < NamedList
    describes 'webhook', list: 'webhooks', file: 'webhooks.yaml'
    lists ::Webhook, 'url', 'events', 'template', 'enabled', log: false

    # A chat's address is a password: the ledger and the report have what distinguishes one from another.
    def value(item) = super.merge('url' => "#{item['url'][%r{\A\w+://[^/]+}]}/… #{Digest::SHA256.hexdigest(item['url']).first(12)}")

    private

    def item(record) = super.merge('events' => record.events.uniq.sort, 'template' => plain(record.template).presence)

    def attributes(item) = item.slice('url').merge(fields.without('url').index_with { |field| item[field] })
  end
end
