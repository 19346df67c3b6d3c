# frozen_string_literal: true

# The keys of accounts; of local ones from 4.7 on.
class Keypair < ApplicationRecord
  belongs_to :account

  encrypts :private_key
end
