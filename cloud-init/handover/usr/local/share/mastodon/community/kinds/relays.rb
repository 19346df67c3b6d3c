# frozen_string_literal: true

module Community
  # Servers to which public posts go. Whether one accepts is its own decision, so only what was asked for is compared.
  class Relays < ListKind
    describes 'relay', list: 'relays', file: 'relays.yaml'
    lists ::Relay, 'enabled'

    def key(item) = item['url']

    def create(change)
      relay = ::Relay.create!(inbox_url: change.key)
      log(:create, relay)
      # It sends a letter to the relay, which a transaction can't take back.
      ledger.add_job('relay', relay.id) if change.item['enabled']
      nil
    end

    def update(change)
      relay = find(change)
      change.item['enabled'] ? ledger.add_job('relay', relay.id) : relay.disable!
      log(change.item['enabled'] ? :enable : :disable, relay)
      nil
    end

    private

    def item(record) = { 'url' => plain(record.inbox_url), 'enabled' => !record.idle? }
  end
end
