# frozen_string_literal: true

class IpBlock < ApplicationRecord
  enum :severity, { sign_up_requires_approval: 5000, sign_up_block: 5500, no_access: 9999 }, prefix: true, validate: true

  validates :ip, presence: true, uniqueness: true

  def to_cidr = "#{ip}/#{ip.prefix}"
  alias to_log_human_identifier to_cidr
end
