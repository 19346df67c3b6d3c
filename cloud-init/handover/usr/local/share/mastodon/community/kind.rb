# frozen_string_literal: true

module Community
  # One list of the community's document, and how Mastodon's own code makes, changes and removes what it names.
  # Below: `key` (of an item), `present` (the server's items by key), `create`, `update` and `delete`.
  class Kind
    Refused = Class.new(StandardError)

    class << self
      attr_reader :kind, :list_name, :file

      # @param kind as the report and TAKE name it; list: in the document; file: where moderators write it
      def describes(kind, list:, file:)
        @kind = kind
        @list_name = list
        @file = "community/#{file}"
      end
    end

    attr_reader :ledger

    def initialize(ledger)
      @ledger = ledger
    end

    def name = self.class.kind

    def list = self.class.list_name

    def file_of(_key) = self.class.file

    # Whether the files leave the kind to the web interface.
    def off?(_document) = false

    # What the files wanted when they were applied last, by key.
    def applied = ledger.values(name)

    # What the files want, by key.
    def wanted(document) = document.fetch(list).to_h { |item| [key(item), item] }

    # What is compared, and remembered.
    def value(item) = item

    # The server's items, as the document lists them.
    def listed = present({}).values

    # Whether what the files no longer name is taken back.
    def removable? = true

    # What the report says of a new one.
    def summary(_item) = ''

    # @yield changes that Mastodon refuses, and why
    def apply(changes, &)
      changes.each { |change| attempt([change], -> { carry_out(change) }, &) }
    end

    def adopt(_change) = nil

    def forget(_change) = nil

    private

    # What Mastodon did and what the ledger says of it happen together or not at all.
    def attempt(changes, work)
      ApplicationRecord.transaction(requires_new: true) do
        record = work.call
        changes.each { |change| write(change, record) }
      end
    rescue ActiveRecord::RecordInvalid, ActiveRecord::RecordNotFound, ActiveRecord::RecordNotUnique, ActiveModel::UnknownAttributeError, Refused => e
      yield changes, e.message
    end

    # The record's id, where it has to be remembered.
    def carry_out(change) = public_send(change.action, change)

    def write(change, record)
      return ledger.forget(name, change.key) if change.item.nil?

      ledger.write(name, change.key, change.value, record || ledger.record(name, change.key))
    end

    # In the audit log, as the server itself: no person did it.
    def log(action, target)
      @server ||= Account.representative
      Admin::ActionLog.create!(account: @server, action:, target:)
    end
  end
end
