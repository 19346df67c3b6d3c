# frozen_string_literal: true

class DomainAllow < ApplicationRecord
  include DomainNormalizable
  include DomainMaterializable
end
