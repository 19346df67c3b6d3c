# frozen_string_literal: true

module Community
  # A list in a file of its own, by the fields of Mastodon's model. Without the file nothing of it is looked at or taken back: what it
  # made before is the web interface's from then on.
  class ListKind < Kind
    class << self
      attr_reader :model, :fields

      # @param log: whether Mastodon's web interface writes such changes into the audit log
      def lists(model, *fields, log: true)
        @model = model
        @fields = fields
        @log = log
      end

      def log? = @log
    end

    def off?(document) = !document.fetch('lists', {}).key?(list)

    def wanted(document) = document['lists'].fetch(list).to_h { |item| [key(item), item] }

    def value(item) = fields.to_h { |field| [field, item[field]] }

    def listed = present({}).values.map { |item| item.except('id') }

    def present(_wanted)
      records.to_h do |record|
        item = item(record).merge('id' => record.id)
        [key(item), item]
      end
    end

    def create(change)
      model.create!(attributes(change.item)).then { |record| logged(:create, record) }
    end

    def update(change)
      find(change).tap { |record| record.update!(attributes(change.item)) }.then { |record| logged(:update, record) }
    end

    def delete(change)
      find(change).tap(&:destroy!).then { |record| logged(:destroy, record) }
      nil
    end

    def adopt(change) = change.was['id']

    private

    delegate :model, :fields, to: :class

    def records = model.all

    # As the file says it.
    def item(record) = fields.to_h { |field| [field, plain(record.public_send(field))] }

    def attributes(item) = value(item)

    def find(change) = model.find(change.was['id'])

    # @return the record's id, for the ledger
    def logged(action, record)
      log(action, record) if self.class.log?
      record.id
    end

    # Browsers send CRLF, and Mastodon keeps it.
    def plain(value)
      case value
      when String then value.gsub(/\r\n?/, "\n").strip
      when ActiveSupport::TimeWithZone then value.utc.iso8601
      else value
      end
    end
  end

  # A list of things without a name in Mastodon. The file's name is tied to Mastodon's id by the ledger, or by what the thing says.
  class NamedList < ListKind
    def key(item) = item['name']

    def present(wanted)
      keys = ledger.values(name).keys.index_by { |key| ledger.record(name, key) }
      free = wanted.except(*keys.values).group_by { |_, item| value(item) }.transform_values { |items| items.map(&:first) }
      records.to_h do |record|
        item = item(record)
        key = keys[record.id.to_s] || free[value(item)]&.shift || "#{name.underscore.dasherize}-#{record.id}"
        [key, item.merge('name' => key, 'id' => record.id)]
      end
    end
  end
end
