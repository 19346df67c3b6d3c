# frozen_string_literal: true

# The servers that this one knows of: derived, and written again as a whole.
class Instance < ApplicationRecord
  def self.refresh
    transaction do
      delete_all
      connection.execute(<<~SQL)
        INSERT INTO instances (domain)
        SELECT domain FROM domain_blocks UNION SELECT domain FROM domain_allows
        UNION SELECT domain FROM accounts WHERE domain IS NOT NULL
      SQL
    end
  end
end
