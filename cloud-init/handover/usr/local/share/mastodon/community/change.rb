# frozen_string_literal: true

module Community
  # What is to be done about one thing. `item` is what the files want, `was` what the server has; nil: nothing.
  Change = Struct.new(:kind, :key, :action, :item, :was, keyword_init: true) do
    # From what the files want, what they wanted when it was last applied, and what the server has. So a change on one side
    # passes, changes on both are a conflict, and what only the web interface made is left alone.
    def self.decide(wanted, applied, present)
      if wanted == present
        return :nothing if applied == wanted

        wanted.nil? ? :forget : :adopt
      elsif wanted == applied then applied.nil? ? :nothing : :drift
      elsif present == applied then overwrite(wanted, present)
      else :conflict
      end
    end

    def self.overwrite(wanted, present)
      return :delete if wanted.nil?

      present.nil? ? :create : :update
    end

    def name = "#{kind.name}/#{key}"

    def value = item && kind.value(item)

    def before = was && kind.value(was)
  end
end
